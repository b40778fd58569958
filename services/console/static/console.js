// Enhancements only: every page and form works without this file.
(() => {
  "use strict";
  // A form is sent once: the second click of a double click does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "again" in form.dataset) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  });
  // A page that the browser shows from its memory can be sent again.
  window.addEventListener("pageshow", () => {
    for (const form of document.forms) delete form.dataset.sent;
  });
  // The first fault of a form takes the focus.
  const fault = document.querySelector("[aria-invalid=true]") || document.querySelector("[role=alert]");
  if (fault && fault.matches("input, select, textarea")) fault.focus();
  // Whoever leaves a form that was changed is asked.
  let changed = false;
  document.addEventListener("input", (event) => {
    if (event.target.form && event.target.form.matches("form.act")) changed = true;
  });
  document.addEventListener("submit", () => (changed = false));
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
})();
