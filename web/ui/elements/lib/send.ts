// send asks the server for a page's main part and goes on asking while the network is gone, waiting a little longer
// each time, with jitter. A request that changes something carries its form's key, so sending it again is safe.

export interface Answer {
  html: string;
  redirected: boolean;
}

const longestWait = 5000;

export async function send(url: string, body: URLSearchParams | undefined, waiting: (yes: boolean) => void): Promise<Answer> {
  for (let wait = 500; ; wait = Math.min(wait * 2, longestWait)) {
    const slow = setTimeout(() => waiting(true), 3000); // a line that is held and says nothing
    try {
      const answer = await fetch(url, {
        method: body ? "POST" : "GET", body, headers: { "X-Fragment": "main" }, credentials: "same-origin",
      });
      if (answer.status < 502 || answer.status > 504) {
        waiting(false);
        const purse = answer.headers.get("X-Purse"), place = document.querySelector(".purse");
        if (purse && place) place.textContent = decodeURIComponent(purse);
        return { html: await answer.text(), redirected: answer.redirected };
      }
    } catch {
      // no network: the loop tells and tries again
    } finally {
      clearTimeout(slow);
    }
    waiting(true);
    await new Promise((done) => setTimeout(done, wait * (0.5 + Math.random())));
  }
}
