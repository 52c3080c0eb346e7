/* fault.c - see fault.h. */
#include "macro/fault.h"

#include "base/number.h"
#include "base/table.h"
#include "base/text.h"

enum { WORDS_MAX = 4 }; /* KIND ARG every N */

/* What stands behind a kind. */
enum argument { ARG_NONE, ARG_BYTES, ARG_DURATION };

static const struct {
	const char *name;
	enum argument argument;
} kinds[] = {
	[FAULT_CLOSE] = {"close", ARG_NONE},
	[FAULT_CORRUPT] = {"corrupt", ARG_BYTES},
	[FAULT_DELAY] = {"delay", ARG_DURATION},
	[FAULT_DROP] = {"drop", ARG_NONE},
	[FAULT_PACE] = {"pace", ARG_DURATION},
	[FAULT_RESET] = {"reset", ARG_NONE},
	[FAULT_SPLIT] = {"split", ARG_DURATION},
	[FAULT_STALL] = {"stall", ARG_NONE},
	[FAULT_TRUNCATE] = {"truncate", ARG_BYTES},
};

static const char *kind_name(const void *unused, size_t index)
{
	(void)unused;
	return index < sizeof kinds / sizeof kinds[0] ? kinds[index].name : NULL;
}

/* The words as they are written, for places, and with their values. */
struct fault_words {
	struct slice all, typed[WORDS_MAX], value[WORDS_MAX];
	size_t count, at;
};

/* Places an error in the word at the index; behind the last one it is at the end. */
static bool fault_place(const struct fault_words *w, size_t index, struct error *err)
{
	struct slice end = slice_cut(w->all, w->all.len, w->all.len);
	struct slice word = index < w->count ? w->typed[index] : end;
	err->placed = true;
	err->column = word.at ? (size_t)(word.at - w->all.at) : 0;
	err->width = word.len;
	return false;
}

static bool next_is(const struct fault_words *w, const char *word)
{
	return w->at < w->count && slice_is(w->value[w->at], word);
}

/* Says whether how often it happens begins here. */
static bool is_when(const struct fault_words *w)
{
	return w->at == w->count || next_is(w, "nth") || next_is(w, "every") ||
	       slice_ends(w->value[w->at], SLICE("%"));
}

static bool read_kind(struct fault_words *w, struct fault *fault, struct error *err)
{
	static const char accepted[] = "close, corrupt [N], delay DURATION, drop, pace DURATION, "
				       "reset, split DURATION, stall or truncate [N]";
	int found = w->count ? table_exact(w->value[0], kind_name, NULL) : -1;
	if (found >= 0) {
		fault->kind = (enum fault_kind)found;
		w->at = 1;
		return true;
	}
	if (w->count)
		error_set(err, STATUS_USAGE, "'%s' is no kind of fault", quote(w->value[0]).text);
	else
		error_set(err, STATUS_USAGE, ".fault needs what goes wrong, such as .fault drop");
	error_hint(err, "it is %s", accepted);
	return fault_place(w, 0, err);
}

static bool fault_number(struct fault_words *w, const char *what, uint64_t *n, struct error *err)
{
	if (w->at == w->count) {
		error_set(err, STATUS_USAGE, "%s is a number from 1", what);
		return fault_place(w, w->at, err);
	}
	return number_parse(w->value[w->at++], what, 1, UINT32_MAX, n, err) ||
	       fault_place(w, w->at - 1, err);
}

static bool read_argument(struct fault_words *w, struct fault *fault, struct error *err)
{
	enum argument argument = kinds[fault->kind].argument;
	const char *name = kinds[fault->kind].name;
	fault->bytes = 1;
	if (argument == ARG_BYTES)
		return is_when(w) || fault_number(w, "the number of bytes", &fault->bytes, err);
	if (argument == ARG_NONE)
		return true;
	if (!is_when(w))
		return duration_parse(w->value[w->at++], name, &fault->ns, err) ||
		       fault_place(w, w->at - 1, err);
	error_set(err, STATUS_USAGE, ".fault %s needs a duration, such as .fault %s 100ms", name,
		name);
	return fault_place(w, w->at, err);
}

static bool read_percent(struct fault_words *w, struct fault *fault, struct error *err)
{
	struct slice word = w->value[w->at];
	fault->when = FAULT_PERCENT;
	return number_parse(slice_cut(word, 0, word.len - 1), "the part of a hundred, P%,", 1, 100,
		       &fault->n, err) ||
	       fault_place(w, w->at, err);
}

static bool read_when(struct fault_words *w, struct fault *fault, struct error *err)
{
	if (w->at == w->count)
		return true;
	if (next_is(w, "nth") || next_is(w, "every")) {
		bool nth = next_is(w, "nth");
		fault->when = nth ? FAULT_NTH : FAULT_EVERY;
		w->at++;
		if (!fault_number(w, nth ? "the N of nth" : "the N of every", &fault->n, err))
			return false;
	} else if (slice_ends(w->value[w->at], SLICE("%"))) {
		if (!read_percent(w, fault, err))
			return false;
		w->at++;
	}
	if (w->at == w->count)
		return true;
	error_set(err, STATUS_USAGE, "'%s' cannot stand here", quote(w->value[w->at]).text);
	error_hint(err, "how often it happens is P%%, nth N or every N, such as 5%% or every 3");
	return fault_place(w, w->at, err);
}

/* Finds the words as they are written. */
static void find_typed(struct fault_words *w)
{
	struct slice left = w->all;
	for (size_t i = 0; i < WORDS_MAX; i++)
		w->typed[i] = slice_word(&left);
}

bool fault_parse(struct slice rest, struct names *names, struct fault *fault, struct error *err)
{
	struct fault_words w = {.all = slice_trim(rest)};
	struct bytes store;
	size_t blanks = w.all.len ? (size_t)(w.all.at - rest.at) : 0;
	*fault = (struct fault){.kind = FAULT_DROP};
	names_begin(names);
	bytes_init(&store, LIMIT_LINE);
	int count = args_split(w.all, names, &store, w.value, WORDS_MAX, err);
	bool good = count >= 0;
	if (good) {
		w.count = (size_t)count;
		find_typed(&w);
		fault->later = names && names->later;
		good = fault->later ||
		       (read_kind(&w, fault, err) && read_argument(&w, fault, err) &&
			       read_when(&w, fault, err));
	}
	bytes_free(&store);
	if (!good)
		err->column += blanks;
	return good;
}

static bool read_fault(struct order *o, const struct reading *r, struct error *err)
{
	struct fault fault;
	return fault_parse(o->rest, r->names, &fault, err);
}

const struct verb verb_fault = {
	.name = "fault",
	.places = PLACE_DEVICE | PLACE_PIPE | PLACE_PLAY,
	.args = "KIND [ARG] [P% | nth N | every N]",
	.help = "what goes wrong with the next reply of the block, or with all replies",
	.examples = ".fault drop 5%\n.fault truncate 2 every 3\n.fault delay 2s nth 10",
	.kind = ORDER_FAULT,
	.read = read_fault,
};
