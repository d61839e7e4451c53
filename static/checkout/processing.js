// Asks now and then whether the payment is decided, ever more seldom; then shows the page anew. Without it: the button.
(() => {
  const card = document.querySelector("[data-stage-url]");
  let pause = 1500;
  const ask = async () => {
    try {
      const answer = await fetch(card.dataset.stageUrl, { cache: "no-store", credentials: "same-origin" });
      if (!answer.ok && answer.status < 500 && answer.status !== 429) return location.reload();
      if (answer.ok && (await answer.json()).stage !== card.dataset.stage) return location.reload();
    } catch {
      // offline for a moment: ask again later
    }
    pause = Math.min(pause * 1.6, 30000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
})();
