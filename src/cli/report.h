/* report.h - what `wilco play` writes for other programs: TAP, and JUnit's XML.
 *
 * A report is written while the macros run.  What belongs to a macro that is not over yet, or may
 * be needed at its end, is in files without a name, so that memory stays constant.
 */
#ifndef WILCO_REPORT_H
#define WILCO_REPORT_H

#include "play/play.h"
#include <stdio.h>

enum report_kind { REPORT_TAP, REPORT_JUNIT, REPORT_KINDS };

/* A step, or one that was not run (result NULL). */
struct report_step {
	const char *file;
	unsigned line;
	struct slice command;
	const struct step_result *result;
};

struct report;
struct report_format {
	const char *name;
	void (*begin)(struct report *r); /* the report */
	void (*macro)(struct report *r, const char *name);
	void (*step)(struct report *r, const struct report_step *step);
	void (*failed)(struct report *r, struct slice why); /* a line of the macro cannot be run */
	void (*macro_over)(struct report *r);
	void (*end)(struct report *r);
};
extern const struct report_format report_tap, report_junit;

enum { REPORT_NUMBER = 1 }; /* a byte that no text in a report has */

/* Private to the formats: */
struct report {
	const struct report_format *format;
	char *path;       /* "-": standard output */
	FILE *file;       /* NULL: standard output */
	FILE *body;       /* of the suite; for formats that need it */
	struct bytes out; /* a stream into the file, the body or standard output */
	struct bytes_drain drain;
	char *name;     /* of the macro */
	uint64_t steps; /* in the report, or in the suite */
	uint64_t bad, skipped;
	int64_t elapsed; /* ns */
	bool apart;  /* it is joined to another, which counts: REPORT_NUMBER stands for a number */
	bool broken; /* it cannot be written */
	int error;   /* why: errno */
};

/* Opens reports; path NULL: none.  Returns NULL with err where one cannot be. */
struct reports;
struct reports *reports_open(const char *tap, const char *junit, struct error *err);
bool reports_any(const struct reports *all);
/* Says whether standard output has a report, and nothing else. */
bool reports_on_output(const struct reports *all);
void reports_macro(struct reports *all, const char *name);
/* Hears of a step while the macro is checked, and when it has ended. */
void reports_planned(struct reports *all, const struct step_result *r);
void reports_step(struct reports *all, const struct step_result *r);
void reports_failed(struct reports *all, struct slice why);
/* stopped: what was planned behind the last step was not run. */
void reports_macro_over(struct reports *all, bool stopped);
/* Opens reports of the same kinds for one of several macros that run at the same time, and adds
 * them to `all`, which ends them. */
struct reports *reports_apart(const struct reports *all);
void reports_join(struct reports *all, struct reports *apart);
/* Ends them; false: one could not be written. */
bool reports_close(struct reports *all, struct error *err); /* NULL is allowed */

#endif
