// Room is one live room over the site's WebSocket. It asks for a snapshot, takes the pushes that follow in order, and
// asks again when one is missing. A socket that is lost is opened again after a random wait, so that thousands who lost
// it together do not come back together.

interface Message<T> {
  type: "snapshot" | "push" | "error" | "pong";
  room: string;
  epoch: string;
  n: number;
  data: T;
}

const longestWait = 20000;

export class Room<T> {
  private socket?: WebSocket;
  private epoch = "";
  private n = 0;
  private tries = 0;
  private timer = 0;
  private gone = false;

  constructor(private name: string, private show: (state: T) => void, private lost: (yes: boolean) => void) {
    this.open();
  }

  leave(): void {
    this.gone = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private open(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
    this.socket = socket;
    socket.onopen = () => this.join();
    socket.onmessage = (event) => this.take(JSON.parse(String(event.data)) as Message<T>);
    // Whoever was signed out is shown no more of it: the page asks who is there.
    socket.onclose = (event) => (event.reason === "signed_out" ? location.reload() : this.reopen());
  }

  private join(): void {
    this.socket?.send(JSON.stringify({ type: "join", room: this.name }));
  }

  private take(message: Message<T>): void {
    if (message.room !== this.name || (message.type !== "snapshot" && message.type !== "push")) return;
    if (message.type === "push" && (message.epoch !== this.epoch || message.n !== this.n + 1)) {
      this.join();
      return;
    }
    this.tries = 0;
    this.epoch = message.epoch;
    this.n = message.n;
    this.lost(false);
    this.show(message.data);
  }

  private reopen(): void {
    if (this.gone) return;
    if (this.tries > 0) this.lost(true);
    this.tries++;
    this.timer = window.setTimeout(() => this.open(), Math.random() * Math.min(longestWait, 500 * 2 ** this.tries));
  }
}
