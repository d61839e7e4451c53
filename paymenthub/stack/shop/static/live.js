// Keeps the states on the page true: asks the shop every two seconds, and reloads where one has changed.
const shown = document.querySelectorAll("[data-live] [data-order]");
if (shown.length) {
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch("/orders.json").catch(() => null);
    if (!answer || !answer.ok) return;
    const states = await answer.json();
    for (const place of shown) {
      const [state, words] = states[place.dataset.order] || [];
      if (words && place.textContent.trim() !== words) {
        location.replace(location.pathname);
        return;
      }
    }
  };
  setInterval(look, 2000);
}
