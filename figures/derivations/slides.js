// One slide at a time: keys and buttons first open the line that waits, then go on. Without it all slides stand below
// each other.
(() => {
  const slides = [...document.querySelectorAll(".slide")], place = document.querySelector(".place");
  let now = -1;
  const show = (wanted) => {
    now = Math.min(Math.max(wanted, 0), slides.length - 1);
    slides.forEach((slide, k) => { slide.hidden = k !== now; });
    place.textContent = `${now + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${now + 1}`);
    window.scrollTo(0, 0);
  };
  const forward = () => {
    const folded = slides[now].querySelector("details:not([open])");
    if (folded) folded.open = true;
    else show(now + 1);
  };
  const back = () => {
    const open = [...slides[now].querySelectorAll("details[open]")].pop();
    if (open) open.open = false;
    else show(now - 1);
  };
  const keys = { ArrowRight: forward, ArrowDown: forward, PageDown: forward, " ": forward, ArrowLeft: back,
    ArrowUp: back, PageUp: back, Home: () => show(0), End: () => show(slides.length - 1) };
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, button, summary, a") || event.altKey || event.ctrlKey || event.metaKey) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  document.querySelector(".next").addEventListener("click", forward);
  document.querySelector(".back").addEventListener("click", back);
  document.querySelectorAll(".live").forEach((part) => { part.hidden = false; });
  document.body.classList.add("shown");
  window.addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1));
  show((Number(location.hash.slice(1)) || 1) - 1);
})();
