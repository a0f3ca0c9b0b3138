// Show times in the reader's language and time zone.
for (const time of document.querySelectorAll("time")) {
  const format = { dateStyle: "medium", timeStyle: "short" };
  time.textContent = new Intl.DateTimeFormat(undefined, format).format(new Date(time.dateTime));
  time.title = time.textContent;
}
