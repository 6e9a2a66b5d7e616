// board: keeps a board on the screen fresh. It joins the board's room, shows each newer state, and moves rows so that
// the eye can follow who passed whom. Without the room the board stays as it was painted, and says so.

import { Room } from "./lib/room";

interface Row {
  rank: number;
  who: string;
  name: string;
  company?: string;
  points: number;
}

interface Board {
  rows: Row[] | null;
  total: number;
}

class BoardElement extends HTMLElement {
  private room?: Room<Board>;
  private around = 0;
  // prizes are what the server painted beside the places that bring something, by rank.
  private prizes = new Map<number, Node>();

  connectedCallback(): void {
    const name = this.dataset.room;
    if (!name) return;
    this.querySelectorAll("tbody tr").forEach((row) => {
      const prize = row.querySelector(".chip"), rank = row.querySelector(".place");
      if (prize && rank) this.prizes.set(Number((rank.textContent ?? "").replace(/\D/g, "")), prize);
    });
    this.room = new Room<Board>(name, (board) => this.show(board.rows ?? []), (lost) => this.tell(lost));
  }

  disconnectedCallback(): void {
    this.room?.leave();
    clearTimeout(this.around);
  }

  private show(rows: Row[]): void {
    const body = this.querySelector("tbody");
    if (!body) {
      if (rows.length > 0) location.reload();
      return;
    }
    const before = new Map<string, { row: HTMLTableRowElement; top: number }>();
    body.querySelectorAll<HTMLTableRowElement>("tr").forEach((row) => {
      before.set(row.dataset.who ?? "", { row, top: row.offsetTop });
    });
    const next = rows.map((row) => this.draw(row, before.get(row.who)?.row));
    body.replaceChildren(...next);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) next.forEach((row) => {
      const was = before.get(row.dataset.who ?? "");
      const moved = was ? was.top - row.offsetTop : 0;
      if (moved) row.animate([{ transform: `translateY(${moved}px)` }, { transform: "none" }], { duration: 400, easing: "ease-out" });
    });
    this.refreshAround();
  }

  private draw(data: Row, old?: HTMLTableRowElement): HTMLTableRowElement {
    const row = old ?? document.createElement("tr");
    row.dataset.who = data.who;
    const me = data.who === this.dataset.who;
    row.classList.toggle("me", me);
    if (me) row.setAttribute("aria-current", "true");
    const place = Object.assign(document.createElement("span"), { className: `place place--${data.rank}`, textContent: number(data.rank) });
    const name = Object.assign(document.createElement("span"), { className: "ranks__name", textContent: data.name });
    const cells = [cell("num", place), cell("", name), cell("num", number(data.points))];
    const prize = this.prizes.get(data.rank);
    if (data.company) cells[1].append(Object.assign(document.createElement("span"), { className: "small quiet", textContent: data.company }));
    if (prize) cells[1].append(prize.cloneNode(true));
    row.replaceChildren(...cells);
    return row;
  }

  // refreshAround fetches my own surroundings a moment after the board changed, each at another moment than others.
  private refreshAround(): void {
    if (this.around || !this.dataset.aroundUrl) return;
    this.around = window.setTimeout(async () => {
      this.around = 0;
      try {
        const answer = await fetch(this.dataset.aroundUrl ?? "", { headers: { "X-Fragment": "main" }, credentials: "same-origin" });
        if (answer.ok) this.place(await answer.text());
      } catch {
        // the next change tries again
      }
    }, 1000 + Math.random() * 4000);
  }

  // place puts each part of what the server painted where it belongs, and says so once where my own place is another one.
  private place(html: string): void {
    const painted = new DOMParser().parseFromString(html, "text/html");
    const before = this.querySelector<HTMLElement>("[data-rank]")?.dataset.rank;
    painted.querySelectorAll<HTMLElement>("[data-part]").forEach((part) => {
      const place = this.querySelector(`[data-part="${part.dataset.part}"]`);
      if (place && place.innerHTML !== part.innerHTML) place.replaceChildren(...Array.from(part.childNodes));
    });
    const mine = this.querySelector<HTMLElement>("[data-rank]"), news = this.querySelector("[data-news]");
    if (mine && news && mine.dataset.rank !== before) {
      news.textContent = `${mine.getAttribute("aria-label")}: ${mine.querySelector(".bd-place")?.textContent ?? ""}`;
    }
  }

  private tell(lost: boolean): void {
    const line = this.querySelector<HTMLElement>(".board__lost");
    if (!line) return;
    line.hidden = !lost;
    line.textContent = lost ? this.dataset.lost ?? "" : "";
  }
}

function cell(kind: string, content: string | Node): HTMLTableCellElement {
  const td = document.createElement("td");
  if (kind) td.className = kind;
  td.append(content);
  return td;
}

function number(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

customElements.define("fb-board", BoardElement);
