// The line is the page's one WebSocket, shared by all of its rooms, whichever scripts they came with. A line that is lost
// is opened again after a random wait, so that thousands who lost theirs together do not come back together. It also
// knows the server's clock, because people's own are wrong.

export interface Message {
  type: "snapshot" | "push" | "event" | "error" | "pong";
  room?: string;
  epoch: string;
  n: number;
  at: number;
  data?: unknown;
}

// Ear is what the line tells of one room.
export interface Ear {
  hear(message: Message): void;
  lost(): void;
}

const longestWait = 20000, firstWait = 1000;
// A line that says nothing is asked for a sign of life, and given up when none comes.
const askEvery = 20000, answerWithin = 10000;

export class Line {
  private socket?: WebSocket;
  private ears = new Map<string, Set<Ear>>();
  private tries = 0;
  private opening = 0;
  private asking = 0;
  private dying = 0;
  private asked = 0;
  // offset is the server's clock less performance.now(), which nobody can set; trip is how long the answer took that
  // it was read from.
  private offset?: number;
  private trip = Infinity;

  constructor() {
    for (const name of ["online", "pageshow"]) addEventListener(name, () => this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  now(): number {
    return this.offset === undefined ? Date.now() : performance.now() + this.offset;
  }

  enter(room: string, ear: Ear): void {
    const ears = this.ears.get(room) ?? new Set<Ear>();
    this.ears.set(room, ears.add(ear));
    if (!this.socket && !this.opening) this.open();
    else this.join(room);
  }

  leave(room: string, ear: Ear): void {
    const ears = this.ears.get(room);
    if (!ears?.delete(ear) || ears.size > 0) return;
    this.ears.delete(room);
    this.send({ type: "leave", room });
    if (this.ears.size === 0) this.hangUp();
  }

  // join asks for a room's snapshot, at first or anew. On a line that is not open yet it is asked for when it is.
  join(room: string): void {
    this.send({ type: "join", room });
  }

  private send(request: { type: string; room?: string }): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(request));
  }

  private open(): void {
    this.opening = 0;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket = socket;
    socket.onopen = () => {
      this.trip = Infinity;
      this.ears.forEach((_, room) => this.join(room));
      this.ask();
    };
    socket.onmessage = (event) => this.take(JSON.parse(String(event.data)) as Message);
    // Whoever was signed out is shown no more of it: the page asks who is there.
    socket.onclose = (event) => (event.reason === "signed_out" ? location.reload() : this.reopen());
  }

  private take(message: Message): void {
    clearTimeout(this.dying);
    this.dying = 0;
    this.setClock(message);
    if (message.type === "snapshot") this.tries = 0;
    if (message.room) this.ears.get(message.room)?.forEach((ear) => ear.hear(message));
  }

  // setClock reads the server's clock. What it sends by itself was sent some time ago, so of those the latest counts
  // until an answer says how long the way is.
  private setClock(message: Message): void {
    const now = performance.now();
    if (message.type === "pong" && this.asked) {
      const trip = now - this.asked;
      this.asked = 0;
      if (trip <= this.trip) {
        this.trip = trip;
        this.offset = message.at + trip / 2 - now;
      }
    } else if (this.trip === Infinity && message.type !== "event") {
      this.offset = Math.max(this.offset ?? -Infinity, message.at - now);
    }
  }

  private ask(): void {
    clearTimeout(this.asking);
    this.asking = window.setTimeout(() => this.ask(), askEvery);
    this.asked = performance.now();
    this.send({ type: "ping" });
    if (!this.dying) this.dying = window.setTimeout(() => this.giveUp(), answerWithin);
  }

  // wake looks after the line when the page or the network is back.
  private wake(): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.ask();
    } else if (this.opening) {
      this.tries = 0;
      clearTimeout(this.opening);
      this.reopen();
    }
  }

  private giveUp(): void {
    this.drop();
    this.reopen();
  }

  private drop(): void {
    clearTimeout(this.asking);
    clearTimeout(this.dying);
    this.asked = this.dying = 0;
    if (this.socket) this.socket.onclose = this.socket.onmessage = this.socket.onopen = null;
    this.socket?.close();
    this.socket = undefined;
  }

  private hangUp(): void {
    clearTimeout(this.opening);
    this.opening = 0;
    this.drop();
  }

  private reopen(): void {
    this.drop();
    if (this.tries > 0) this.ears.forEach((ears) => ears.forEach((ear) => ear.lost()));
    const wait = Math.random() * Math.min(longestWait, firstWait * 2 ** this.tries);
    this.tries++;
    this.opening = window.setTimeout(() => this.open(), wait);
  }
}

// line is the page's, made by the first script that asks.
export function line(): Line {
  const page = window as unknown as { fbLine?: Line };
  return (page.fbLine ??= new Line());
}
