// auction: an auction's room in the browser. The room's state moves the price, the bids and the clock for everybody;
// what is about me the page asks for when my place may have changed. Time is the server's: this clock only counts on
// from it. What a screen reader hears is gathered, so that ten bids in a row are one sentence. A finger on its way to a
// button never meets an amount that it has not seen, and focus stays where it was.

import { Room, serverNow } from "./lib/room";
import { send } from "./lib/send";
import { Words } from "./lib/words";

interface Lead {
  who: string;
  amount?: number;
}

interface Bid {
  who: string;
  name: string;
  amount?: number;
  at: string;
}

interface Auction {
  phase: string;
  opens: string;
  closesAt: string;
  price: number;
  next: number;
  buyNow?: number;
  leads?: Lead[];
  bids?: Bid[];
  bidders: number;
  watchers: number;
  seq: number;
}

const gathered = 4000; // how long what is spoken is gathered, in milliseconds
const settled = 700; // how long a button that changed under a finger takes no tap
const spokenAt = [60, 30, 10]; // seconds left at which time is spoken of
const pollEvery = 10000; // how often the page asks while the room is lost

class AuctionElement extends HTMLElement {
  private room?: Room<Auction>;
  private words!: Words;
  private offset = -Infinity; // the server's clock less performance.now()
  private ends = 0;
  private seq = 0;
  private ticking = 0;
  private asking = 0;
  private speaking = 0;
  private spoken = 0;
  private toSay = "";
  private said = new Set<number>();
  private lost = false;
  private polled = 0;
  private busy = false;

  connectedCallback(): void {
    this.words = new Words(this.dataset.lang ?? "en", this.dataset.words ?? "{}");
    this.hear(Number(this.dataset.now));
    this.ends = Number(this.dataset.ends);
    this.seq = Number(this.dataset.seq);
    this.addEventListener("submit", (event) => void this.submit(event as SubmitEvent));
    // A question that opens must not stand behind the navigation; toggle does not bubble.
    this.addEventListener("toggle", (event) => (event.target as Element).scrollIntoView({ block: "nearest" }), true);
    document.addEventListener("visibilitychange", this.woken);
    addEventListener("pageshow", this.woken);
    if (this.dataset.room) {
      this.room = new Room<Auction>(this.dataset.room, (state) => this.show(state), (lost) => this.lose(lost));
      this.tick();
    }
  }

  disconnectedCallback(): void {
    this.room?.leave();
    document.removeEventListener("visibilitychange", this.woken);
    removeEventListener("pageshow", this.woken);
    [this.ticking, this.asking, this.speaking].forEach((timer) => clearTimeout(timer));
  }

  // A phone that slept shows the state of the moment it wakes.
  private woken = (event: Event): void => {
    const back = event.type === "pageshow" ? (event as PageTransitionEvent).persisted : document.visibilityState === "visible";
    if (back && this.dataset.room) this.ask(0);
  };

  // hear learns the server's clock: every message was under way for a while, so the latest it allows is nearest.
  private hear(serverNow: number): void {
    this.offset = Math.max(this.offset, serverNow - performance.now());
  }

  private left(): number {
    return this.ends - (performance.now() + this.offset);
  }

  private show(state: Auction): void {
    this.offset = serverNow() - performance.now(); // the line knows the clock better than a page that was read once
    if (state.seq < this.seq) return;
    const ends = Date.parse(state.phase === "upcoming" ? state.opens : state.closesAt);
    const later = state.phase === this.dataset.phase && ends > this.ends, news = state.seq > this.seq;
    this.seq = state.seq;
    this.ends = ends;
    if (later) {
      this.said.clear();
      this.say(this.words.say("lots.say_moved_end"));
    }
    if (state.phase !== this.dataset.phase || this.mineChanged(state)) {
      this.ask(state.phase === this.dataset.phase ? 0 : Math.random() * 1500);
      return;
    }
    this.draw(state, news || later);
  }

  // mineChanged reports whether only the server can say how I stand now.
  private mineChanged(state: Auction): boolean {
    const lead = (state.leads ?? []).find((l) => l.who === this.dataset.who);
    const led = this.dataset.standing === "leading";
    const offered = this.querySelector(".sure--buy") !== null;
    return this.dataset.form === "ascending" && led !== (lead !== undefined) || offered && !state.buyNow;
  }

  private draw(state: Auction, news: boolean): void {
    const price = this.piece("price"), sealed = this.dataset.form === "sealed";
    if (price && state.price > 0 && !sealed) {
      price.textContent = this.points(state.price);
      this.piece("price-label")!.textContent = this.words.say("lots.label_price");
      if (news) this.say(this.words.say("lots.say_price", { points: this.points(state.price) }));
    }
    if (news) this.drawBids(state.bids ?? []);
    if (news) this.drawLeads(state.leads ?? []);
    this.drawCrowd(state);
    if (this.dataset.standing !== "leading" && state.next > 0 && !sealed) this.drawNext(state.next);
    this.tick();
  }

  private drawBids(bids: Bid[]): void {
    const list = this.querySelector(".lot-bids");
    if (list && bids.length > 0) list.replaceChildren(...bids.map((bid) => this.bidRow(bid)));
  }

  private drawLeads(leads: Lead[]): void {
    const line = this.querySelector(".lot__leads");
    if (!line) return;
    const amounts = leads.map((lead) => this.points(lead.amount ?? 0)).join(" · ");
    line.textContent = this.words.say("lots.leads", { amounts });
  }

  private drawCrowd(state: Auction): void {
    const crowd = this.querySelector(".lot__crowd");
    if (!crowd) return;
    const words = [this.words.say("lots.bidders", { n: state.bidders })];
    if (state.watchers > 1) words.push(this.words.say("lots.watchers", { n: state.watchers }));
    const text = words.join(" · ");
    if (crowd.textContent !== text) crowd.textContent = text;
  }

  private bidRow(bid: Bid): HTMLLIElement {
    const row = document.createElement("li"), me = bid.who === this.dataset.who;
    if (me) row.className = "me";
    const name = Object.assign(document.createElement("span"), { textContent: me ? this.words.say("lots.you") : bid.name });
    const amount = Object.assign(document.createElement("b"), { textContent: bid.amount ? this.points(bid.amount) : this.words.say("lots.hidden") });
    const time = Object.assign(document.createElement("time"), { className: "small quiet", dateTime: bid.at, textContent: this.clock(bid.at) });
    row.append(name, amount, time);
    return row;
  }

  // clock writes an instant in the programme's zone, which the page painted its own times in, with the day where it is
  // not today's.
  private clock(at: string): string {
    const then = new Date(at), timeZone = this.dataset.zone || undefined, lang = this.dataset.lang === "en" ? "en-GB" : this.dataset.lang;
    const day = (date: Date): string => date.toLocaleDateString(lang, { timeZone, day: "numeric", month: "long" });
    const clock = then.toLocaleTimeString("ru", { timeZone, hour12: false });
    return day(then) === day(new Date(serverNow())) ? clock : `${day(then)}, ${clock.slice(0, 5)}`;
  }

  // drawNext puts the next bid on the button. Where the question stands open, it says so and waits a moment.
  private drawNext(next: number): void {
    const sure = this.querySelector<HTMLDetailsElement>("[data-sure]"), amount = sure?.querySelector<HTMLInputElement>("input[name=amount]");
    const own = this.querySelector<HTMLInputElement>("#own");
    if (own) own.min = String(next);
    if (!sure || !amount || Number(amount.value) === next) return;
    amount.value = String(next);
    const points = { points: this.points(next) };
    sure.querySelector(".sure__ask")!.textContent = this.words.say("lots.bid", points);
    sure.querySelector("form > p")!.textContent = this.words.say("lots.sure", points);
    sure.querySelector(".sure__yes")!.textContent = this.words.say("lots.sure_yes", points);
    if (sure.open) this.moved(sure, points.points);
  }

  private moved(sure: HTMLDetailsElement, points: string): void {
    const line = sure.querySelector<HTMLElement>(".sure__moved"), button = sure.querySelector("form button");
    if (line) {
      line.hidden = false;
      line.textContent = this.words.say("lots.moved", { points });
    }
    button?.setAttribute("aria-disabled", "true");
    setTimeout(() => button?.removeAttribute("aria-disabled"), settled);
  }

  private tick(): void {
    clearTimeout(this.ticking);
    const left = this.left(), place = this.querySelector("[data-left]"), phase = this.dataset.phase;
    if (place) {
      const text = this.words.left(left);
      if (place.textContent !== text) place.textContent = text;
      this.speakOfTime(Math.ceil(left / 1000));
    }
    const overdue = left < -1000 && (phase === "open" || phase === "upcoming") || phase === "closing";
    if ((this.lost || overdue) && performance.now() - this.polled > (overdue ? 3000 : pollEvery)) {
      this.polled = performance.now();
      this.ask(Math.random() * 1500);
    }
    this.ticking = window.setTimeout(() => this.tick(), left > 0 ? (left % 1000) + 20 : 1000);
  }

  private speakOfTime(seconds: number): void {
    if (this.dataset.phase !== "open") return;
    const mark = spokenAt.find((at) => seconds <= at && seconds > at - 3 && !this.said.has(at));
    if (mark === undefined) return;
    this.said.add(mark);
    this.say(this.words.say("lots.say_left", { n: seconds }));
  }

  // say speaks politely, at most once in a while; what comes meanwhile is spoken together, each kind once.
  private say(text: string): void {
    if (!this.toSay.includes(text)) this.toSay = text.startsWith(this.toSay) ? text : `${this.toSay} ${text}`.trim();
    if (this.speaking) return;
    this.speaking = window.setTimeout(() => {
      this.speaking = 0;
      this.spoken = performance.now();
      const place = this.querySelector("[data-say]");
      if (place) place.textContent = this.toSay;
      this.toSay = "";
    }, Math.max(200, this.spoken + gathered - performance.now()));
  }

  private async submit(event: SubmitEvent): Promise<void> {
    const form = event.target as HTMLFormElement, button = event.submitter;
    if (!form.hasAttribute("data-bid")) return;
    event.preventDefault();
    if (this.busy || button?.getAttribute("aria-disabled") === "true") return;
    this.busy = true;
    button?.setAttribute("aria-busy", "true");
    try {
      // Sent again under the same key until there is an answer: a bad network costs time and never a second bid.
      const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
      const answer = await send(form.action, body, (waiting) => {
        this.tell(waiting ? "lots.waiting" : "");
        if (waiting) this.querySelector(".lot__lost")?.scrollIntoView({ block: "nearest" });
      });
      this.place(answer.html, true);
    } finally {
      this.busy = false;
      button?.removeAttribute("aria-busy");
    }
  }

  // ask fetches what only the server can say, after a wait that spreads those who ask together.
  private ask(wait: number): void {
    if (this.asking) return;
    this.asking = window.setTimeout(async () => {
      this.asking = 0;
      if (this.busy) return;
      try {
        const answer = await fetch(this.dataset.url ?? "", { headers: { "X-Fragment": "main" }, credentials: "same-origin" });
        const html = await answer.text();
        if (answer.ok && !this.busy) this.place(html, false);
        if (answer.status === 401) location.reload();
      } catch {
        // the next change, or the next poll, asks again
      }
    }, wait);
  }

  // place puts the parts of a page that changed in place of the old ones.
  private place(html: string, mine: boolean): void {
    const page = document.createElement("template");
    page.innerHTML = html;
    const next = page.content.querySelector<HTMLElement>("fb-auction");
    if (!next) {
      location.reload();
      return;
    }
    const before = this.dataset.standing, phase = this.dataset.phase;
    for (const name of ["phase", "standing", "now", "ends"]) this.dataset[name] = next.dataset[name];
    this.hear(Number(next.dataset.now));
    this.ends = Number(next.dataset.ends);
    this.seq = Math.max(this.seq, Number(next.dataset.seq));
    const focus = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("[data-focus]")?.dataset.focus;
    const inside = this.contains(document.activeElement);
    next.querySelectorAll<HTMLElement>("[data-part]").forEach((fresh) => this.swap(fresh, mine));
    // After an own bid: on what it came to, or on the button again where it was refused.
    const then = !mine ? focus : next.querySelector(".said--bad") ? "bid" : "mine";
    if ((inside || mine) && !this.contains(document.activeElement)) this.refocus(then);
    if (!mine && this.dataset.standing !== before) this.sayStanding();
    // What the last action came to is no longer so.
    if (!mine && (this.dataset.standing !== before || this.dataset.phase !== phase)) this.piece("said")?.replaceChildren();
    this.tick();
  }

  private swap(fresh: HTMLElement, mine: boolean): void {
    const old = this.piece(fresh.dataset.part ?? "");
    if (!old || (!mine && fresh.dataset.part === "said")) return;
    if (fresh.dataset.part !== "do") {
      if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
      return;
    }
    if (!mine) keep(old, fresh);
    old.replaceChildren(...fresh.childNodes);
    const sure = old.querySelector<HTMLDetailsElement>("[data-sure][data-kept]");
    if (sure) this.moved(sure, this.points(Number(sure.querySelector<HTMLInputElement>("input[name=amount]")?.value)));
  }

  private refocus(name?: string): void {
    const place = this.querySelector<HTMLElement>(`[data-focus="${name}"]`) ?? this.querySelector<HTMLElement>("[data-focus=mine]");
    place?.focus({ preventScroll: true });
  }

  private sayStanding(): void {
    const key = { leading: "lots.say_leading", outbid: "lots.say_outbid" }[this.dataset.standing ?? ""];
    this.say(key ? this.words.say(key) : this.piece("mine")?.textContent?.trim() ?? "");
  }

  private lose(lost: boolean): void {
    this.lost = lost;
    this.tell(lost ? "lots.lost" : "");
  }

  private tell(key: string): void {
    const line = this.querySelector<HTMLElement>(".lot__lost");
    if (!line) return;
    line.hidden = !key;
    line.textContent = key ? this.words.say(key) : "";
  }

  private piece(name: string): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-part="${name}"]`);
  }

  private points(n: number): string {
    return this.words.say("points.count", { n });
  }
}

// keep carries into fresh what a person has opened or typed: nothing of it may go because somebody else bid.
function keep(old: HTMLElement, fresh: HTMLElement): void {
  old.querySelectorAll<HTMLDetailsElement>("details[open]").forEach((opened) => {
    const name = opened.querySelector<HTMLElement>("summary")?.dataset.focus;
    const same = fresh.querySelector(`summary[data-focus="${name}"]`)?.parentElement as HTMLDetailsElement | undefined;
    if (!same) return;
    same.open = true;
    const was = opened.querySelector<HTMLInputElement>("input[name=amount]")?.value;
    const is = same.querySelector<HTMLInputElement>("input[name=amount]")?.value;
    if (same.hasAttribute("data-sure") && was !== is) same.dataset.kept = "1";
  });
  const typed = old.querySelector<HTMLInputElement>("#own"), field = fresh.querySelector<HTMLInputElement>("#own");
  if (typed && field && typed.value !== typed.defaultValue) field.value = typed.value;
}

customElements.define("fb-auction", AuctionElement);
