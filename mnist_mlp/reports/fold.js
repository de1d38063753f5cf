// On a phone, only the section that the address names is open at first.
if (matchMedia("(max-width: 40rem)").matches)
  for (const section of document.querySelectorAll(".section")) section.open = section.querySelector(":target") !== null;
