(() => {
  // Eigenvalues: what one of them is, under the pointer or the finger.
  for (const plane of document.querySelectorAll(".emt-plane")) {
    const say = plane.querySelector(".say");
    const tell = event => {
      const mark = event.target.closest("[data-say]");
      if (mark) say.textContent = mark.dataset.say;
    };
    plane.addEventListener("pointerover", tell);
    plane.addEventListener("click", tell);
  }
  // Variables in their slots: a slider over time, play and pause.
  for (const film of document.querySelectorAll(".emt-film:not([data-ready])")) {
    film.dataset.ready = "yes";
    const told = JSON.parse(film.querySelector("script[type='application/json']").textContent);
    const cells = film.querySelectorAll("[data-slot]"), ring = film.querySelector(".followed");
    const slider = film.querySelector("input"), button = film.querySelector("button");
    const show = () => {
      const frame = told.frames[Number(slider.value)];
      cells.forEach((cell, j) => {
        const [value, wrong] = frame.slots[j], rect = cell.querySelector("rect");
        rect.setAttribute("class", value < 0 ? "minus" : "plus");
        rect.style.fillOpacity = Math.abs(value);
        cell.querySelector("text").textContent = Math.abs(value) < 0.1 ? "" : value < 0 ? "−" : "+";
        cell.classList.toggle("wrong", wrong === 1);
      });
      ring.style.display = frame.followed === null ? "none" : "";
      if (frame.followed !== null) {
        ring.setAttribute("x", told.places[frame.followed][0]);
        ring.setAttribute("y", told.places[frame.followed][1]);
      }
      film.querySelector("output").textContent = `t = ${frame.time}`;
      film.querySelector(".say").textContent = frame.phase;
    };
    let clock = null;
    const pause = () => { clearInterval(clock); clock = null; button.textContent = "Play"; };
    button.addEventListener("click", () => {
      if (clock !== null) return pause();
      button.textContent = "Pause";
      clock = setInterval(() => {
        slider.value = (Number(slider.value) + 1) % told.frames.length;
        show();
      }, 450);
    });
    slider.addEventListener("input", () => { pause(); show(); });
    show();
  }
})();
