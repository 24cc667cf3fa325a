/* Shows how a site drives the chat: calls made before the loader is here wait in a list. */
document.querySelectorAll("[data-do]").forEach((button) => {
  button.addEventListener("click", () => {
    (window.threadpilotChat ||= []).push([button.dataset.do, button.dataset.with]);
  });
});
