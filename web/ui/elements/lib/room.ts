// Room is one live room over the page's line. It shows the snapshot it is given and the pushes that follow in order, and
// asks for a snapshot again when one is missing. What is said only once, an outbid or an award, goes to said.

import { line, type Ear, type Message } from "./line";

// serverNow is the server's clock in Unix milliseconds, as well as the page knows it.
export function serverNow(): number {
  return line().now();
}

export class Room<T> implements Ear {
  private epoch = "";
  private n = 0;
  // behind says that a snapshot has been asked for because a push is missing.
  private behind = false;

  // show gets each newer state; yes tells whether what is shown may be old, or the room is closed to this person; said
  // gets events, whose state is shown elsewhere too.
  constructor(
    private name: string, private show: (state: T) => void, private isLost: (yes: boolean) => void,
    private said?: (event: unknown) => void,
  ) {
    line().enter(name, this);
  }

  leave(): void {
    line().leave(this.name, this);
  }

  hear(message: Message): void {
    switch (message.type) {
      case "snapshot":
        this.take(message);
        return;
      case "push":
        if (message.epoch === this.epoch && message.n <= this.n) return; // another's snapshot in this room was newer
        if (message.epoch === this.epoch && message.n === this.n + 1) this.take(message);
        else if (!this.behind) line().join(this.name), (this.behind = true);
        return;
      case "event":
        this.said?.(message.data);
        return;
      case "error":
        this.lost();
    }
  }

  lost(): void {
    this.behind = false;
    this.isLost(true);
  }

  private take(message: Message): void {
    this.behind = false;
    this.epoch = message.epoch;
    this.n = message.n;
    this.isLost(false);
    this.show(message.data as T);
  }
}
