// Reads every *.html and *.ics of the folder named by its argument, as others'
// programs do: html-validate for mails, and ical.js, Thunderbird's parser, for
// invitations. It says what is wrong with mails, and what invitations say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FileSystemConfigLoader, HtmlValidate } from "html-validate";
import ICAL from "ical.js";

const folder = process.argv[2];
const validator = new HtmlValidate(new FileSystemConfigLoader({
  root: true,
  extends: ["html-validate:recommended"],
  rules: {
    "no-inline-style": "off", // mail clients read no other
    "no-deprecated-attr": "off", // and Outlook needs the tables' old ones
    "no-conditional-comment": "off", // Outlook reads them still
    "prefer-tbody": "off", // it is there without being written
    "long-title": "off", // it is the subject, with a tour's name
  },
}));

for (const name of readdirSync(folder).sort()) {
  const text = readFileSync(join(folder, name), "utf8");
  if (name.endsWith(".html")) {
    const report = await validator.validateString(text, name);
    const wrong = report.results.flatMap((r) => r.messages).map((m) => `${m.line}:${m.column} ${m.ruleId}: ${m.message}`);
    console.log(JSON.stringify({ name, wrong }));
  } else if (name.endsWith(".ics")) {
    const calendar = new ICAL.Component(ICAL.parse(text));
    const event = new ICAL.Event(calendar.getFirstSubcomponent("vevent"));
    console.log(JSON.stringify({
      name, wrong: [], method: calendar.getFirstPropertyValue("method"), uid: event.uid, sequence: event.sequence,
      start: event.startDate.toJSDate().toISOString(), summary: event.summary, location: event.location,
    }));
  }
}
