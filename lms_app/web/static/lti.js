// In another site's frame without cookies: the platform's page keeps one secret from login to launch.
// LTI Client Side postMessages and postMessage Storage 0.1. Without an answer the page's own button goes on.
(function () {
  "use strict";

  // What a teacher picked goes to the platform by itself; the button is for browsers without this.
  var answer = document.querySelector("form[data-answer]");
  if (answer) answer.submit();

  var page = document.querySelector("[data-lti]");
  if (!page || window.parent === window) return;
  var ask = page.dataset;
  var frame = ask.target === "_parent" ? window.parent : window.parent.frames[ask.target];
  var id = Math.random().toString(36).slice(2);
  var subject = ask.lti === "keep" ? "lti.put_data" : "lti.get_data";
  var gone = false;

  function go(value) {
    if (gone) return;
    gone = true;
    if (ask.lti === "keep") return window.location.replace(ask.address);
    if (!value) return;
    page.elements.kept.value = value;
    page.submit();
  }

  window.addEventListener("message", function (event) {
    var said = event.data || {};
    if (event.origin !== ask.origin || said.subject !== subject + ".response" || said.message_id !== id) return;
    go(said.error ? "" : said.value);
  });
  if (frame) {
    frame.postMessage({ subject: subject, message_id: id, key: ask.key, value: ask.kept }, ask.origin);
    window.setTimeout(go, 1500);
  } else {
    go("");
  }
})();

// Buttons that only a script can serve are hidden without one: copying a value, closing the platform's frame.
(function () {
  "use strict";

  document.querySelectorAll("[data-copy]").forEach(function (place) {
    if (!navigator.clipboard) return;
    var said = place.querySelector("button").firstChild;
    var word = said.data;
    place.hidden = false;
    place.addEventListener("click", function () {
      navigator.clipboard.writeText(place.dataset.copy).then(function () {
        said.data = place.dataset.done;
        window.setTimeout(function () { said.data = word; }, 2000);
      });
    });
  });

  var close = document.querySelector("[data-close]");
  var platform = window.opener || window.parent;
  if (!close || platform === window) return;
  close.hidden = false;
  close.addEventListener("click", function () {
    platform.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
  });
})();
