/* ports_shown.c - see ports_shown.h. */
#include "cmd/ports_shown.h"

#include "base/paste.h"
#include "base/text.h"

/* Adds a part behind a comma; the text may be a device's. */
static void add(struct bytes *out, size_t from, const char *what, const char *text, unsigned flags)
{
	if (!text)
		return;
	bytes_add_str(out, out->len > from ? ", " : "");
	bytes_add_str(out, what);
	text_add(out, slice_str(text), TEXT_PLAIN | flags);
}

static void add_device(const struct port_info *p, unsigned flags, struct bytes *out)
{
	size_t from;
	bytes_add_str(out, "  ");
	from = out->len;
	add(out, from, "", p->maker, flags);
	if (p->model && p->maker) {
		bytes_add_byte(out, ' ');
		text_add(out, slice_str(p->model), TEXT_PLAIN | flags);
	} else {
		add(out, from, "", p->model, flags);
	}
	add(out, from, "serial number ", p->serial, flags);
	add(out, from, "driver ", p->driver, flags);
	add(out, from, "USB port ", p->usb, flags);
	if (p->vendor && p->product)
		bytes_addf(out, ", ID %s:%s", quote(slice_str(p->vendor)).text,
			quote(slice_str(p->product)).text);
	bytes_add_byte(out, '\n');
}

static void add_holders(const struct port_info *p, unsigned flags, struct bytes *out)
{
	for (size_t i = 0; i < p->holder_count; i++) {
		const struct port_holder *h = &p->holders[i];
		bytes_add_str(out, "  used by ");
		text_add(
			out, slice_str(*h->program ? h->program : "a program"), TEXT_PLAIN | flags);
		bytes_addf(out, " (process %ld%s)\n", h->pid,
			h->locks ? ", as its lock file says" : "");
	}
}

void port_show(const struct port_info *p, unsigned flags, struct bytes *out)
{
	struct bytes why;
	bytes_init(&why, LIMIT_MESSAGE);
	text_add(out, slice_str(p->path), TEXT_PLAIN | flags);
	bytes_add_str(out, "  serial:");
	paste_add(out, slice_str(port_address(p)), flags);
	bytes_add_byte(out, '\n');
	add_device(p, flags, out);
	if (p->twin)
		bytes_add_str(out, "  another one is the same: only its place tells them apart\n");
	add_holders(p, flags, out);
	if (!port_may_open(p, &why))
		bytes_addf(out, "  %s\n", bytes_str(&why));
	bytes_free(&why);
}
