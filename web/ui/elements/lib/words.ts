// Words are the few texts that an element says by itself, as the catalogue has them: by key, with plural forms. They are
// filled the way the server fills them.

export class Words {
  private texts: Record<string, Record<string, string>>;
  private plural: Intl.PluralRules;

  constructor(lang: string, json: string) {
    this.texts = JSON.parse(json) as Record<string, Record<string, string>>;
    this.plural = new Intl.PluralRules(lang);
  }

  say(key: string, args: Record<string, string | number> = {}): string {
    const forms = this.texts[key] ?? {};
    let text = forms[""] ?? forms[this.plural.select(Math.abs(Number(args.n ?? 0)))] ?? forms.other ?? "";
    for (const name of Object.keys(args)) text = text.split(`{${name}}`).join(filled(args[name]));
    return text;
  }

  // left is how long it is until an end, in days, in hours, or as a clock that runs.
  left(milliseconds: number): string {
    const all = Math.ceil(Math.max(0, milliseconds) / 1000);
    const days = Math.floor(all / 86400), hours = Math.floor(all / 3600) % 24, minutes = Math.floor(all / 60) % 60;
    if (days > 0) return this.say("lots.left_days", { d: days, h: hours });
    if (hours > 0) return this.say("lots.left_hours", { h: hours, m: minutes });
    return `${minutes}:${String(all % 60).padStart(2, "0")}`;
  }
}

function filled(value: string | number): string {
  return typeof value === "number" ? String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f") : value;
}
