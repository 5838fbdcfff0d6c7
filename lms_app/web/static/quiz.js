// Question pages: saves a changed answer at once and keeps the clock. The page works without it.
(function () {
  "use strict";
  var form = document.querySelector("form[data-autosave]");
  if (form) form.addEventListener("change", function () {
    fetch(form.getAttribute("action"), { method: "POST", body: new FormData(form), headers: { "X-Autosave": "1" }, keepalive: true }).catch(function () {});
  });
  var clock = document.querySelector("[data-left]");
  if (!clock) return;
  var end = Date.now() + clock.dataset.left * 1000;
  var said = document.querySelector("[data-said]");
  var before = Infinity;
  setInterval(function () {
    var left = Math.max(0, end - Date.now()), minutes = Math.ceil(left / 60000);
    if (minutes === before) return;
    clock.textContent = left ? clock.dataset.text.replace("#", minutes) : clock.dataset.over;
    if (before !== Infinity && (minutes === 5 || minutes < 2)) said.textContent = clock.textContent;
    before = minutes;
  }, 1000);
})();
