// studio: what writing a month gains from script. The server does the same without it: here a page is not loaded anew
// for every question that moves, a text is seen as it is typed, and what was not saved is not lost by a stray click.

// studio-form sends the buttons that only rearrange behind the page and puts the answer in its place.
class StudioForm extends HTMLElement {
  private dirty = false;

  connectedCallback(): void {
    this.addEventListener("submit", (event) => this.submit(event as SubmitEvent));
    this.addEventListener("input", () => { this.dirty = true; });
    this.addEventListener("change", (event) => this.change(event.target as HTMLElement));
    addEventListener("beforeunload", (event) => { if (this.dirty) event.preventDefault(); });
    this.settle();
  }

  // settle hides what only those without script need.
  private settle(): void {
    this.querySelectorAll<HTMLElement>(".st-unscripted").forEach((part) => { part.hidden = true; });
  }

  private submit(event: SubmitEvent): void {
    const button = event.submitter as HTMLButtonElement | null;
    const form = event.target as HTMLFormElement;
    if (!button || !/^(up|down|drop|add|option):/.test(button.value)) {
      this.dirty = false;
      return;
    }
    event.preventDefault();
    if (this.getAttribute("aria-busy")) return;
    void this.rearrange(form, button);
  }

  private async rearrange(form: HTMLFormElement, button: HTMLButtonElement): Promise<void> {
    const body = new URLSearchParams();
    new FormData(form).forEach((value, name) => { if (typeof value === "string") body.append(name, value); });
    body.append("op", button.value);
    const open = this.opened();
    this.setAttribute("aria-busy", "true");
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "main" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = page.querySelector("studio-form");
      if (!next) throw new Error("no form");
      // What was rearranged by a save is kept; the rest is still only typed.
      if (answer.redirected) this.dirty = false;
      this.replaceChildren(...Array.from(next.childNodes));
      this.settle();
      this.restore(open, button);
    } catch {
      this.say();
    } finally {
      this.removeAttribute("aria-busy");
      button.removeAttribute("aria-busy");
    }
  }

  private opened(): Set<string> {
    return new Set(Array.from(this.querySelectorAll<HTMLElement>("details[data-question][open]"), (d) => d.dataset.question ?? ""));
  }

  // restore opens what was open and leads to what the button was about.
  private restore(open: Set<string>, button: HTMLButtonElement): void {
    let here: HTMLElement | null = null;
    this.querySelectorAll<HTMLDetailsElement>("details[data-question]").forEach((card) => {
      if (card.open && !open.has(card.dataset.question ?? "")) here = card.querySelector("summary");
      card.open = card.open || open.has(card.dataset.question ?? "");
    });
    here = here ?? Array.from(this.querySelectorAll<HTMLButtonElement>("button[name=op]")).find((b) => b.value === button.value && !b.disabled) ?? null;
    here?.focus({ preventScroll: true });
    here?.scrollIntoView({ block: "nearest" });
  }

  // change keeps to one right answer where there can be only one.
  private change(target: HTMLElement): void {
    const card = target.closest<HTMLElement>("details[data-question]");
    if (!card) return;
    if (target instanceof HTMLSelectElement && target.name.endsWith("/kind")) card.dataset.kind = target.value;
    if (!(target instanceof HTMLInputElement) || !target.name.endsWith("/right") || !target.checked) return;
    if (card.dataset.kind === "several") return;
    card.querySelectorAll<HTMLInputElement>("input[name$='/right']").forEach((other) => { other.checked = other === target; });
  }

  private say(): void {
    this.querySelector(".said--failed")?.remove();
    const p = document.createElement("p");
    p.className = "said said--bad said--failed";
    p.setAttribute("role", "alert");
    p.textContent = this.dataset.failed ?? "";
    this.prepend(p);
    p.scrollIntoView({ block: "nearest" });
  }
}

// md-preview shows the text of a field as members will see it, a moment after the last key.
class MarkdownPreview extends HTMLElement {
  private timer = 0;
  private asked = 0;

  connectedCallback(): void {
    const field = document.getElementById(this.dataset.for ?? "");
    if (!(field instanceof HTMLTextAreaElement)) return;
    field.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.show(field.value), 400);
    });
  }

  private async show(md: string): Promise<void> {
    const turn = ++this.asked;
    try {
      const answer = await fetch("/studio/preview", { method: "POST", body: new URLSearchParams({ md }) });
      const html = await answer.text();
      if (!answer.ok || turn !== this.asked) return;
      this.innerHTML = html;
      if (!this.childElementCount) this.textContent = this.dataset.empty ?? "";
    } catch {
      // no network: the last preview stays
    }
  }
}

customElements.define("studio-form", StudioForm);
customElements.define("md-preview", MarkdownPreview);
