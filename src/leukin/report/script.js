document.querySelectorAll("button[data-copy]").forEach(function (button) {
  button.hidden = false;
  button.addEventListener("click", function () {
    var text = document.getElementById(button.dataset.copy).textContent;
    var words = button.textContent;
    function say(answer) { button.textContent = answer; setTimeout(function () { button.textContent = words; }, 1800); }
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(text).then(function () { say("copied"); }, function () { say("could not copy"); });
    } else {
      var area = document.createElement("textarea");
      area.value = text; document.body.appendChild(area); area.select();
      say(document.execCommand("copy") ? "copied" : "could not copy");
      area.remove();
    }
  });
});
document.querySelectorAll("[data-readings]").forEach(function (place) {
  var data = JSON.parse(document.getElementById("readings-" + place.dataset.readings).textContent);
  var input = place.querySelector("input"), at = place.querySelector("output"), list = place.querySelector("dl");
  input.max = data.times.length - 1;
  function show() {
    at.textContent = data.times[input.value] + " " + data.unit;
    list.replaceChildren();
    data.rows.forEach(function (row) {
      var value = row.values[input.value], name = document.createElement("dt"), text = document.createElement("dd");
      name.textContent = row.name;
      text.textContent = value === null ? "–" : (Number(value.toPrecision(3)) + " " + row.unit).trim();
      list.append(name, text);
    });
  }
  input.value = Math.round(data.times.length / 4);
  input.addEventListener("input", show);
  show();
  place.hidden = false;
});
addEventListener("beforeprint", function () {
  document.querySelectorAll("details").forEach(function (d) { d.open = true; });
});
