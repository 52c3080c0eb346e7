/* crc_line.c - the parameters of a CRC as a line of the RevEng catalogue has them, for
 * "crc NAME = ..." and crc[...]. */
#include "frame/crc.h"

#include "base/mem.h"
#include "base/number.h"
#include "base/text.h"
#include <stdlib.h>

enum key { WIDTH, POLY, INIT, XOROUT, CHECK, REFIN, REFOUT, AUGMENT, RESIDUE, NAME, KEYS };
static const char *const keys[KEYS] = {"width", "poly", "init", "xorout", "check", "refin",
	"refout", "augment", "residue", "name"};

/* Reads true or false, or for augment yes or no. */
static bool read_flag(enum key key, struct slice text, struct crc_params *p)
{
	bool yes = slice_is(text, key == AUGMENT ? "yes" : "true");
	*(key == REFIN          ? &p->refin
		: key == REFOUT ? &p->refout
				: &p->bare) = key == AUGMENT ? !yes : yes;
	return yes || slice_is(text, key == AUGMENT ? "no" : "false");
}

static bool read_value(enum key key, struct slice text, struct crc_params *p, struct error *err)
{
	uint64_t *const numbers[] = {NULL, &p->poly, &p->init, &p->xorout, &p->check};
	uint64_t width;
	if (key == RESIDUE || key == NAME)
		return true;
	if (key >= REFIN)
		return read_flag(key, text, p) ||
		       error_at(err, 0, text.len, "%s is %s", keys[key],
			       key == AUGMENT ? "yes or no" : "true or false");
	if (!number_parse(text, keys[key], key ? 0 : 1, key ? UINT64_MAX : 64,
		    key ? numbers[key] : &width, err))
		return error_at(
			err, 0, text.len, "%s is not a number for %s", quote(text).text, keys[key]);
	if (key == WIDTH)
		p->width = (uint8_t)width;
	return true;
}

/* Reads one KEY=VALUE; `seen` has a bit for each key that was given. */
static bool read_parameter(
	struct slice word, struct crc_params *p, unsigned *seen, struct error *err)
{
	const uint8_t *equals = memchr(word.at, '=', word.len);
	size_t at = equals ? (size_t)(equals - word.at) : word.len;
	struct slice value = slice_cut(word, at + 1, word.len), name = slice_cut(word, 0, at);
	enum key key = WIDTH;
	while (key < KEYS && !slice_is(name, keys[key]))
		key++;
	if (key == KEYS) {
		error_at(err, 0, at, "'%s' is no parameter of a CRC", quote(name).text);
		return error_hint(
			err, "width= poly= init= refin= refout= xorout= check= augment=no");
	}
	if (*seen >> key & 1)
		return error_at(err, 0, at, "%s is given twice", keys[key]);
	*seen |= 1u << key;
	if (read_value(key, value, p, err))
		return true;
	err->column += at + 1;
	return false;
}

static uint64_t crc_of_digits(const struct crc_params *p)
{
	struct crc *crc = mem_new(sizeof *crc);
	crc_build(crc, p);
	uint64_t value = crc_end(crc, crc_add(crc, crc->start, SLICE("123456789")));
	free(crc);
	return value;
}

static bool check_parameters(
	struct slice line, bool all, const struct crc_params *p, unsigned seen, struct error *err)
{
	enum { LEAST = 1u << WIDTH | 1u << POLY };
	enum { USUAL = LEAST | 1u << XOROUT | 1u << REFIN | 1u << REFOUT };
	unsigned needed = all ? USUAL : LEAST;
	uint64_t most = p->width == 64 ? UINT64_MAX : (UINT64_C(1) << p->width) - 1;
	if ((seen & needed) != needed)
		return error_at(err, 0, line.len, "a CRC needs %s, and may say %scheck=",
			all ? "width= poly= refin= refout= and xorout=" : "width= and poly=",
			all ? "init= and " : "init= refin= refout= xorout= and ");
	if (p->poly > most || p->init > most || p->xorout > most)
		return error_at(
			err, 0, line.len, "poly, init or xorout has more than %u bits", p->width);
	uint64_t value = crc_of_digits(p);
	if (seen >> CHECK & 1 && value != p->check)
		return error_at(err, 0, line.len,
			"these parameters give check=0x%llx for 123456789, the line says 0x%llx",
			(unsigned long long)value, (unsigned long long)p->check);
	return true;
}

bool crc_line_parse(struct slice line, bool all, struct crc_params *params, struct error *err)
{
	struct slice rest = line, word;
	unsigned seen = 0;
	*params = (struct crc_params){0};
	while ((word = slice_word(&rest)).len)
		if (!read_parameter(word, params, &seen, err)) {
			err->column += (size_t)(word.at - line.at);
			return false;
		}
	if (!check_parameters(line, all, params, seen, err))
		return false;
	params->check = crc_of_digits(params);
	return true;
}

void crc_line_add(const struct crc_params *p, struct bytes *out)
{
	int digits = (p->width + 3) / 4;
	bytes_addf(out,
		"width=%u poly=0x%0*llx init=0x%0*llx refin=%s refout=%s xorout=0x%0*llx "
		"check=0x%0*llx%s",
		p->width, digits, (unsigned long long)p->poly, digits, (unsigned long long)p->init,
		p->refin ? "true" : "false", p->refout ? "true" : "false", digits,
		(unsigned long long)p->xorout, digits, (unsigned long long)p->check,
		p->bare ? " augment=no" : "");
}

bool crc_same(const struct crc_params *a, const struct crc_params *b)
{
	return a->width == b->width && a->poly == b->poly && a->init == b->init &&
	       a->refin == b->refin && a->refout == b->refout && a->xorout == b->xorout &&
	       a->bare == b->bare;
}
