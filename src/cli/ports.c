/* ports.c - wilco ports: the serial ports of this machine. */
#include "base/json.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cmd/ports_shown.h"

/* What a device says about itself is spelled as all that comes from devices. */
static void known(struct json *o, const char *key, const char *text)
{
	if (text)
		json_canon(o, key, slice_str(text));
	else
		json_none(o, key);
}

static void holders_json(struct json *o, const struct port_info *p)
{
	json_open(o, "holders", '[');
	for (size_t i = 0; i < p->holder_count; i++) {
		const struct port_holder *h = &p->holders[i];
		json_open(o, NULL, '{');
		json_uint(o, "pid", (uint64_t)h->pid);
		known(o, "program", *h->program ? h->program : NULL);
		json_bool(o, "lock", h->locks);
		json_close(o, '}');
	}
	json_close(o, ']');
}

static void port_json(struct json *o, const void *arg)
{
	const struct port_info *p = arg;
	struct bytes why, address;
	bytes_init(&why, LIMIT_MESSAGE);
	bytes_init(&address, LIMIT_MESSAGE);
	json_text(o, "name", slice_str(p->name));
	json_text(o, "path", slice_str(p->path));
	bytes_addf(&address, "serial:%s", port_address(p));
	json_text(o, "address", bytes_shown(&address));
	known(o, "by_id", p->by_id);
	known(o, "by_path", p->by_path);
	known(o, "driver", p->driver);
	known(o, "usb", p->usb);
	known(o, "vendor_id", p->vendor);
	known(o, "product_id", p->product);
	known(o, "maker", p->maker);
	known(o, "model", p->model);
	known(o, "serial", p->serial);
	json_bool(o, "twin", p->twin);
	holders_json(o, p);
	bool good = port_may_open(p, &why);
	json_bool(o, "permitted", good);
	known(o, "problem", good ? NULL : bytes_str(&why));
	bytes_free(&why);
	bytes_free(&address);
}

static void port_plain(const struct output *output, const void *arg)
{
	struct bytes text;
	struct slice rest, line;
	(void)output;
	bytes_init(&text, LIMIT_MESSAGE);
	port_show(arg, out_spelling(), &text);
	rest = bytes_shown(&text);
	while (slice_line(&rest, &line))
		out_line(line);
	bytes_free(&text);
}

/* Prints those that a pattern means; returns how many. */
static size_t print(const struct ports *ports, const char *pattern)
{
	size_t count = 0;
	for (size_t i = 0; i < ports->count && !out_failed(); i++)
		if (port_is_meant(&ports->at[i], pattern)) {
			out_result(&(struct result){port_plain, port_json, &ports->at[i]});
			count++;
		}
	return count;
}

static enum status run(struct cli *cli)
{
	struct ports ports;
	struct error err;
	struct slice word = slice_str(cli->count ? cli->words[0] : "");
	const char *pattern = (const char *)word.at + port_prefix(word);
	enum status status = STATUS_OK;
	if (!ports_list(&ports, &err))
		return cli_error(&err, SLICE(""));
	ports_find_holders(&ports);
	size_t count = print(&ports, pattern);
	if (!count && *pattern && !ports_none(&ports, pattern, &err))
		status = cli_error(&err, SLICE(""));
	else if (!count)
		cli_note(cli, "no serial port is there");
	else if (ports.unseen)
		cli_note(cli, "only root sees what the programs of others use");
	ports_free(&ports);
	return status;
}

const struct cli_command cli_ports = {.name = "ports",
	.args = "[NAME]",
	.help = "the serial ports: names, driver, place, who uses them",
	.about =
		"Lists the serial ports of this machine: the address by which wilco opens each, "
		"its "
		"maker, driver and place, the programs that use it, and what to do where it cannot "
		"be opened. NAME, which may have a *, lists those that are called so. Nothing is "
		"opened.",
	.example = "ports 'usb-FTDI*'",
	.most = 1,
	.words = {WORD_ANY, WORD_ANY},
	.by = BY_PORTS,
	.run = run};
