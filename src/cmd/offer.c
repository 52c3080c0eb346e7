/* offer.c - see offer.h. */
#include "cmd/offer.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include "cmd/cmd.h"
#include <stdlib.h>

enum { BOOK_MOST = 20, USED_MOST = 10 };

struct offer {
	struct bytes line[BOOK_MOST + USED_MOST]; /* `.open NAME` */
	size_t count;
};

static void offer_add(struct offer *offer, const char *device)
{
	struct bytes *line = &offer->line[offer->count++];
	bytes_init(line, LIMIT_LINE);
	bytes_add_str(line, ".open ");
	args_add(line, slice_str(device), 0);
}

static void offer_book(struct shell *sh, struct offer *offer)
{
	const struct devices *book = &sh->context->devices;
	struct bytes url;
	bytes_init(&url, LIMIT_MESSAGE);
	for (size_t i = 0; i < book->count && i < BOOK_MOST; i++) {
		bytes_clear(&url);
		address_text(&book->at[i]->address, &url);
		offer_add(offer, book->at[i]->name);
		shell_print(sh, UI_OUTPUT, "%3zu  %-20s  %s", offer->count, book->at[i]->name,
			bytes_str(&url));
	}
	if (book->count > BOOK_MOST)
		shell_print(sh, UI_OUTPUT, "     %zu more in the device book; .devices lists them",
			book->count - BOOK_MOST);
	bytes_free(&url);
}

/* Says whether the name of a history is an address that can be opened. */
static bool is_address(const char *device)
{
	struct address a;
	struct error ignored;
	bool is = *device && address_parse(slice_str(device), 0, &a, &ignored);
	if (is)
		address_free(&a);
	return is;
}

static void offer_used(struct shell *sh, struct offer *offer)
{
	struct history_use used[USED_MOST + BOOK_MOST];
	char when[HISTORY_TIME_MAX];
	size_t count = history_last_used(used, USED_MOST + BOOK_MOST);
	for (size_t i = 0, shown = 0; i < count; i++) {
		bool book = devices_find(&sh->context->devices, slice_str(used[i].device));
		if (!book && shown < USED_MOST && is_address(used[i].device)) {
			shown++;
			offer_add(offer, used[i].device);
			shell_print(sh, UI_OUTPUT, "%3zu  %-20s  used %s", offer->count,
				quote(slice_str(used[i].device)).text,
				history_short_time(used[i].time, when));
		}
		free(used[i].device);
	}
}

struct offer *offer_new(struct shell *sh)
{
	struct offer *offer = mem_new(sizeof *offer);
	offer_book(sh, offer);
	offer_used(sh, offer);
	if (offer->count)
		return offer;
	offer_free(offer);
	return NULL;
}

void offer_free(struct offer *offer)
{
	if (!offer)
		return;
	for (size_t i = 0; i < offer->count; i++)
		bytes_free(&offer->line[i]);
	free(offer);
}

struct slice offer_line(const struct offer *offer, struct slice typed)
{
	struct error ignored;
	uint64_t number;
	if (!offer || !number_parse(slice_trim(typed), "", 1, offer->count, &number, &ignored))
		return typed;
	return bytes_slice(&offer->line[number - 1]);
}
