// play: the quiz in the browser. It sends forms in the background and puts the server's answer in place, so that an old
// phone repaints one card and not a page. The server decides everything; what is lost on the way is sent again under
// the same key until an answer comes, so a bad network costs time and never an answer twice.

import { Countdown } from "./lib/countdown";
import { send } from "./lib/send";

class Play extends HTMLElement {
  private busy = false;

  connectedCallback(): void {
    this.addEventListener("submit", (event) => this.submit(event as SubmitEvent));
    this.addEventListener("over", () => void this.refresh());
    // A phone that slept shows the state of the moment it wakes.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.querySelector("fb-countdown")) void this.refresh();
    });
  }

  private submit(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    if (!form.hasAttribute("data-play")) return;
    event.preventDefault();
    if (this.busy) return;
    const body = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    const button = event.submitter as HTMLButtonElement | null;
    body.delete("choice");
    for (const value of new FormData(form).getAll("choice")) body.append("choice", String(value));
    if (button?.name) body.append(button.name, button.value);
    button?.setAttribute("aria-busy", "true");
    void this.show(form.action, body);
  }

  private async refresh(): Promise<void> {
    if (!this.busy) await this.show(this.dataset.url ?? location.href);
  }

  private async show(url: string, body?: URLSearchParams): Promise<void> {
    this.busy = true;
    try {
      const answer = await send(url, body, (waiting) => this.offline(waiting));
      if (answer.redirected && !answer.html) {
        location.reload();
        return;
      }
      const page = document.createElement("template");
      page.innerHTML = answer.html;
      const next = page.content.querySelector("fb-play");
      if (next) this.replaceChildren(...next.childNodes);
      else document.querySelector("main")?.replaceChildren(page.content);
      window.scrollTo(0, 0);
      document.querySelector<HTMLElement>("main [tabindex='-1']")?.focus({ preventScroll: true });
    } finally {
      this.busy = false;
      this.querySelectorAll("[aria-busy]").forEach((b) => b.removeAttribute("aria-busy"));
    }
  }

  private offline(waiting: boolean): void {
    const line = this.querySelector<HTMLElement>(".play__offline");
    if (!line) return;
    line.hidden = !waiting;
    line.textContent = waiting ? this.dataset.offline ?? "" : "";
  }
}

customElements.define("fb-countdown", Countdown);
customElements.define("fb-play", Play);
