// entry: what coming in and the pages about people gain from script: a password can be looked at, a link is copied or
// shared with one tap, and a file of people is tried and taken without being chosen twice.

// secret-field adds the button that shows what was typed. Its place is kept free by the styles, so nothing shifts.
class SecretField extends HTMLElement {
  connectedCallback(): void {
    const input = this.querySelector("input");
    if (!input || this.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    const paint = () => {
      const shown = input.type === "text";
      button.textContent = (shown ? this.dataset.hide : this.dataset.show) ?? "";
      button.setAttribute("aria-pressed", String(shown));
    };
    button.addEventListener("click", () => {
      input.type = input.type === "text" ? "password" : "text";
      paint();
      input.focus();
    });
    // Browsers offer to keep what is in a password field only.
    input.form?.addEventListener("submit", () => { input.type = "password"; });
    paint();
    this.append(button);
  }
}

// link-share offers what the browser can do with a link, or with another secret, and what the page has words for. Where
// it can do nothing the text stands on the page.
class LinkShare extends HTMLElement {
  connectedCallback(): void {
    if (this.childElementCount) return;
    this.setAttribute("aria-live", "polite");
    const { url = "", text = "" } = this.dataset;
    const share = this.dataset.share && navigator.share;
    if (share) this.offer("share", () => navigator.share({ text: text + "\n" + url }).catch(() => undefined), true);
    if (navigator.clipboard) this.offer("copy", (button) => this.copy(url, button), !share);
    if (this.dataset.print) this.offer("print", () => print(), false);
  }

  private offer(name: string, act: (button: HTMLButtonElement) => unknown, first: boolean): void {
    const button = document.createElement("button");
    button.type = "button";
    button.className = first ? "button button--large button--wide" : "button button--quiet button--wide";
    button.textContent = this.dataset[name] ?? "";
    button.addEventListener("click", () => act(button));
    this.append(button);
  }

  private async copy(url: string, button: HTMLButtonElement): Promise<void> {
    await navigator.clipboard.writeText(url);
    button.textContent = this.dataset.copied ?? "";
    setTimeout(() => { button.textContent = this.dataset.copy ?? ""; }, 4000);
  }
}

// import-form sends the file behind the page and puts the report below the form, which keeps its file.
class ImportForm extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(event.target as HTMLFormElement, event.submitter as HTMLButtonElement | null);
    });
    this.addEventListener("change", () => this.forget());
  }

  private async send(form: HTMLFormElement, button: HTMLButtonElement | null): Promise<void> {
    if (this.getAttribute("aria-busy")) return;
    const body = new FormData(form);
    body.set("dry", button?.value ?? "1");
    this.setAttribute("aria-busy", "true");
    button?.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Fragment": "1" } });
      this.put(await answer.text());
    } catch {
      this.say(this.dataset.failed ?? "");
    } finally {
      this.removeAttribute("aria-busy");
      button?.removeAttribute("aria-busy");
    }
  }

  // put takes the report out of the answer; the file field stays as it is. An answer without one is a page about a
  // fault, whose first words say what is wrong.
  private put(html: string): void {
    const page = new DOMParser().parseFromString(html, "text/html");
    const theirs = page.querySelector("[data-part=report]");
    if (theirs) this.report?.replaceChildren(...Array.from(theirs.childNodes));
    this.querySelector(".again")?.remove();
    const fault = page.querySelector("#fault") ?? (theirs ? null : page.querySelector("p"));
    if (fault) this.say(fault.textContent ?? "");
    this.report?.scrollIntoView({ block: "start" });
  }

  // forget takes a report away that is about another file.
  private forget(): void {
    this.report?.replaceChildren();
  }

  private say(text: string): void {
    const p = document.createElement("p");
    p.className = "said said--bad";
    p.setAttribute("role", "alert");
    p.textContent = text;
    this.report?.replaceChildren(p);
  }

  private get report(): Element | null {
    return this.querySelector("[data-part=report]");
  }
}

// share-sum adds the percentages up while they are typed; whether they are the whole the server decides.
class ShareSum extends HTMLElement {
  connectedCallback(): void {
    this.addEventListener("input", () => this.add());
    this.add();
  }

  private add(): void {
    const out = this.querySelector("output");
    if (!out) return;
    let total = 0;
    for (const field of this.querySelectorAll<HTMLInputElement>("input")) total += Number.parseInt(field.value, 10) || 0;
    out.textContent = (this.dataset.total ?? "").replace("{n}", String(total));
    out.toggleAttribute("data-off", total > 100);
  }
}

customElements.define("share-sum", ShareSum);
customElements.define("secret-field", SecretField);
customElements.define("link-share", LinkShare);
customElements.define("import-form", ImportForm);
