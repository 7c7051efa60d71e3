// SPDX-License-Identifier: BSD-3-Clause
// Debian's furo has a script that browsers refuse, as it is a module and not loaded as one. Its button works by this.
window.addEventListener("load", () => {
    if (!document.documentElement.classList.contains("no-js")) return;
    document.documentElement.classList.remove("no-js");
    const themes = ["auto", "light", "dark"];
    for (const button of document.getElementsByClassName("theme-toggle")) {
        button.addEventListener("click", () => {
            const next = themes[(themes.indexOf(document.body.dataset.theme) + 1) % themes.length];
            document.body.dataset.theme = next;
            localStorage.setItem("theme", next);
        });
    }
});
