// base: what every page gains from script. A form is sent once, however often its button is tapped, and the shell is
// kept for a network that comes and goes. Without script every page works the same, only with more waiting.

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || form.dataset.sent) {
    if (form.dataset.sent) event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  (event as SubmitEvent).submitter?.setAttribute("aria-busy", "true");
});

// A page that comes back from the browser's memory can be sent again.
addEventListener("pageshow", () => {
  document.querySelectorAll<HTMLFormElement>("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });
});

if ("serviceWorker" in navigator && isSecureContext) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => undefined));
}
