// On a phone, only the section that the address names is open at first; the contents open the others.
if (matchMedia("(max-width: 40rem)").matches)
  for (const section of document.querySelectorAll(".section")) section.open = section.querySelector(":target") !== null;
for (const link of document.querySelectorAll("nav a"))
  link.addEventListener("click", () => { document.querySelector(link.hash).closest(".section").open = true; });
