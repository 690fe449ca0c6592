// The desk's own script: keys, dialogs, and what follows when parts of a page come in.
"use strict";

(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // A log-in link carries its token behind the "#", which no server and no other site ever sees.
  const enter = one("#enter");
  if (enter && location.hash.length > 1) {
    enter.elements.token.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
    enter.submit();
    return;
  }

  // Single keys, which people who speak to their computer can switch off (WCAG 2.1.4).

  const KEPT = "monoprint-single-keys";
  const single = one("#single-keys");
  const keysOn = () => localStorage.getItem(KEPT) !== "off";
  if (single) {
    single.checked = keysOn();
    single.addEventListener("change", () => localStorage.setItem(KEPT, single.checked ? "on" : "off"));
  }

  const writes = (element) =>
    element.closest("textarea, select, input:not([type=checkbox]):not([type=radio]):not([type=range])");

  const rows = () => all("[data-rows] .row");

  function step(by) {
    const here = rows();
    const at = here.findIndex((row) => row.contains(document.activeElement));
    const next = here[at < 0 ? 0 : Math.max(0, Math.min(here.length - 1, at + by))];
    if (!next) return false;
    const target = one("input[type=checkbox]", next) || one("a", next);
    target.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  function press(key) {
    if (one("[data-rows]")) {
      if (key === "j") return step(1);
      if (key === "k") return step(-1);
      if (key === "m" && one(".further a")) return one(".further a").click() ?? true;
      if (key === "/" && one("[data-filters]")) return one("[data-filters] select").focus() ?? true;
    }
    const field = one(`[data-focus="${key}"]`);
    if (field) return field.focus() ?? true;
    const target = all(`[data-key="${CSS.escape(key)}"]`).find((each) => !each.disabled);
    if (target) return target.click() ?? true;
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape" && writes(event.target)) return void event.target.blur();
    if (event.repeat && !["j", "k", "+", "-"].includes(event.key)) return;
    if (!keysOn() || writes(event.target) || one("dialog[open]")) return;
    const key = event.key === "=" ? "+" : event.key.toLowerCase();
    if (key.length === 1 && key !== " " && press(key)) event.preventDefault();
  });

  // Dialogs

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) one(`#${opener.dataset.open}`).showModal();
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    if (event.target.tagName === "DIALOG") event.target.close();
  });

  // A note to a colleague is needed only when one is asked, so the form itself cannot ask for it.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.value === "needs-colleague") {
      const note = one("[name=note]", event.target);
      note.setCustomValidity(note.value.trim() ? "" : "Say what they should look at.");
      if (!note.reportValidity()) event.preventDefault();
      note.addEventListener("input", () => note.setCustomValidity(""), { once: true });
      return;
    }
    // A second press while the first is on its way would only be refused.
    if (event.target.dataset.sent) return void event.preventDefault();
    event.target.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // Filters narrow at once

  const filters = one("[data-filters]");
  if (filters) {
    filters.addEventListener("change", () => filters.requestSubmit());
    // Words that narrow nothing need not stand in the address.
    filters.addEventListener("formdata", (event) => {
      for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
      if (!event.formData.get("store")) event.formData.delete("folder"); // it was one of a store
    });
  }

  // Sign-off: how many are chosen

  const signoff = one("[data-signoff]");
  if (signoff) {
    const boxes = all("[name=seen]", signoff);
    const whole = one("[data-all]", signoff);
    const tell = () => {
      const chosen = boxes.filter((box) => box.checked).length;
      one("[data-chosen]", signoff).textContent = chosen.toLocaleString("en");
      one("button.primary", signoff).disabled = !chosen;
      whole.checked = chosen === boxes.length;
      whole.indeterminate = chosen > 0 && chosen < boxes.length;
    };
    whole.addEventListener("change", () => {
      for (const box of boxes) box.checked = whole.checked;
      tell();
    });
    signoff.addEventListener("change", tell);
    tell();
  }

  // After "show more" the first new group has the focus, so that reading goes on where it was.
  document.addEventListener("htmx:afterSettle", () => {
    const fresh = one(".row.first-new");
    if (!fresh) return;
    fresh.classList.remove("first-new");
    one("a", fresh).focus();
  });
})();
