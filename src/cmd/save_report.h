/* save_report.h - `.save FILE.md`: a report of exchanges for people who have no wilco. */
#ifndef WILCO_SAVE_REPORT_H
#define WILCO_SAVE_REPORT_H

#include "record/record.h"

struct shell;

/* Says whether the name of a file asks for a report. */
bool save_report_wanted(struct slice path);
/* Begins to write the exchanges of a device among the entries [first, end) as Markdown. */
bool save_report(struct shell *sh, struct slice path, const struct record_device *device,
	uint64_t first, uint64_t end, struct error *err);

#endif
