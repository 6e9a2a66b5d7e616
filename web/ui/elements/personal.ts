// personal: keeps what the header says of a person fresh on every page: their points and how many messages are new. It
// watches the person's own room; without it the header stays as it was painted, which is true until something changes.
// Other elements hear of the same state and of what is said once, such as an outbid, by events on the document.

import { Room } from "./lib/room";

interface Personal {
  points: number;
  pointsSaid?: string;
  unread: number;
  unreadSaid: string;
}

class PersonalElement extends HTMLElement {
  private room?: Room<Personal>;

  connectedCallback(): void {
    const name = this.dataset.room;
    if (name) this.room = new Room<Personal>(name, (state) => this.show(state), () => undefined);
  }

  disconnectedCallback(): void {
    this.room?.leave();
  }

  private show(state: Personal): void {
    const purse = this.querySelector(".purse");
    if (purse && state.pointsSaid && purse.textContent !== state.pointsSaid) purse.textContent = state.pointsSaid;
    const bell = this.querySelector<HTMLElement>(".bell"), count = this.querySelector<HTMLElement>(".bell__n");
    bell?.setAttribute("aria-label", state.unreadSaid);
    if (count) {
      count.textContent = String(state.unread);
      count.hidden = state.unread === 0;
    }
    document.dispatchEvent(new CustomEvent("personal", { detail: state }));
  }
}

customElements.define("fb-personal", PersonalElement);
