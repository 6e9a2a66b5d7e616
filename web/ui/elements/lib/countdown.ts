// Countdown shows what is left of a question's time. The bar is a composited transform, which keeps an old phone's main
// thread free; the words change once a second. The clock that counts is the server's: this one only starts from what
// the server said was left when it painted the question.

export class Countdown extends HTMLElement {
  private timer = 0;

  connectedCallback(): void {
    const left = Number(this.dataset.left), limit = Number(this.dataset.limit);
    const bar = this.querySelector<HTMLElement>(".countdown__bar > span");
    if (!bar || !(limit > 0)) return;
    bar.animate([{ transform: `scaleX(${left / limit})` }, { transform: "scaleX(0)" }], { duration: left, fill: "forwards" });
    const end = performance.now() + left;
    const text = this.querySelector<HTMLElement>(".countdown__text");
    const words = text?.textContent ?? "";
    const tick = (): void => {
      const rest = Math.max(0, end - performance.now());
      if (text) text.textContent = rest > 0 ? words.replace(/\d+/, String(Math.ceil(rest / 1000))) : this.dataset.over ?? "";
      if (rest > 0) {
        this.timer = window.setTimeout(tick, rest % 1000 || 1000);
      } else {
        // The server still takes an answer for a moment; then the question is over and the page says so.
        this.timer = window.setTimeout(() => this.dispatchEvent(new Event("over", { bubbles: true })), 2000);
      }
    };
    tick();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }
}
