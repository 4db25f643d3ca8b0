// What the script adds to a page: lines of one's own, and the laboratory. Without it the page is complete but for these.
document.querySelectorAll(".live").forEach((part) => { part.hidden = false; });
document.querySelectorAll("form.own").forEach((form) => {
  const trial = trials[form.dataset.line], answer = form.querySelector("output"), input = form.querySelector("input");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { equal, words } = input.value.trim() ? lines.judge(input.value, trial)
      : { equal: false, words: `Type a line with ${trial.names.map((names) => names[0]).join(", ") || "numbers"}.` };
    answer.textContent = words;
    form.className = `own live ${equal ? "equal" : "unequal"}`;
  });
});
