/* variables.h - what \{name} stands for while a macro is checked and while it runs.
 *
 * A scope belongs to one run of one macro; a macro that another one plays has a scope of its own. A
 * name is looked up in this order: digits are arguments; env: and secret:; n is the iteration of
 * the innermost loop; what .let and .capture set; fields of the command.
 */
#ifndef WILCO_VARIABLES_H
#define WILCO_VARIABLES_H

#include <wilco/frame.h>
#include <wilco/names.h>

enum { VARIABLES_MAX = 1000 };

struct variable;

/* Gives a secret, or an argument that is missing and has no default (its name is digits): adds it.
 * NAME_UNKNOWN: there is nobody to ask. */
typedef enum name_is variables_ask(
	void *arg, struct slice name, bool secret, struct bytes *out, struct error *err);

struct variables {
	struct names names; /* the first member; for struct reading */
	variables_ask *ask; /* NULL: nobody is asked */
	void *ask_arg;
	/* The innermost loop: */
	enum name_is iteration; /* NAME_UNKNOWN: there is no loop */
	uint64_t n;
	/* The fields of the command, NULL: none; their values, NULL: they are known later.  Both
	 * are borrowed. */
	const struct frame *frame;
	const struct field_value *fields;
	/* Private: */
	struct variable *vars; /* arguments are among them, their names are digits */
	size_t count, arguments;
};

void variables_init(struct variables *v);
void variables_free(struct variables *v);
/* Adds the next argument, \{1} first; forgets them all. */
bool variables_add_argument(struct variables *v, struct slice value, struct error *err);
/* Counts one that has no value: its default holds, else it is empty. */
void variables_skip_argument(struct variables *v);
void variables_clear_arguments(struct variables *v);
/* Says whether a variable may have this name; if not, err is placed in it.  One that is called like
 * a field of the frame (NULL: any) is refused. */
bool variables_name_is_good(struct slice name, const struct frame *frame, struct error *err);
/* Gives a variable a value.  Its name must be a good one. */
bool variables_set(struct variables *v, struct slice name, struct slice value, struct error *err);
/* Says that the variable will have a value: the file is only checked. */
bool variables_set_later(struct variables *v, struct slice name, struct error *err);
/* The same, for the steps that are not played, until variables_forget_passed(). */
bool variables_set_passed(struct variables *v, struct slice name, struct error *err);
void variables_forget_passed(struct variables *v);
/* Finds the value of a variable, valid until it is set again; false: it has none. */
bool variables_find(const struct variables *v, struct slice name, struct slice *value);
/* Gives `to`, which has none, the variables that have a value. */
void variables_copy(struct variables *to, const struct variables *from);
/* Forgets all variables, and keeps the arguments. */
void variables_clear(struct variables *v);

#endif
