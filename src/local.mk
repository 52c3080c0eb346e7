# One convenience library per layer; each links with those below it (doc/HACKING.md, Layers).
# A unit test links its own layer and those below, so a wrong dependency fails to link.
noinst_LIBRARIES += %D%/libbase.a %D%/libcapture.a %D%/libframe.a %D%/libloop.a %D%/libadapter.a \
	%D%/libtransport.a %D%/libsession.a %D%/librecord.a %D%/libmacro.a %D%/libplay.a %D%/libsim.a %D%/libpane.a \
	%D%/libviewed.a %D%/libtap.a %D%/libcmd.a %D%/libfleet.a %D%/libconsole.a

%C%_libbase_a_SOURCES = \
	include/wilco/bytes.h \
	include/wilco/error.h \
	include/wilco/limits.h \
	%D%/base/beside.c %D%/base/beside.h \
	%D%/base/bytes.c \
	%D%/base/error.c \
	%D%/base/calc.c %D%/base/calc.h \
	%D%/base/combining.c %D%/base/combining.h %D%/base/scripts.h \
	%D%/base/dump.c %D%/base/dump.h \
	%D%/base/escape.c %D%/base/escape.h \
	%D%/base/named.c %D%/base/named.h \
	include/wilco/names.h \
	%D%/base/fd.c %D%/base/fd.h \
	%D%/base/hash.h \
	%D%/base/inttype.c %D%/base/inttype.h \
	%D%/base/json.c %D%/base/json.h \
	%D%/base/mem.c %D%/base/mem.h \
	%D%/base/number.c %D%/base/number.h \
	%D%/base/paste.c %D%/base/paste.h \
	%D%/base/paths.c %D%/base/paths.h \
	%D%/base/printable.h \
	%D%/base/secret.c %D%/base/secret.h \
	%D%/base/sorted.h \
	%D%/base/spelling.c %D%/base/spelling.h \
	%D%/base/table.c %D%/base/table.h \
	%D%/base/charset.c %D%/base/charset.h \
	%D%/base/text.c %D%/base/text.h

%C%_libcapture_a_SOURCES = \
	%D%/capture/fragments.c %D%/capture/fragments.h \
	%D%/capture/magic.c %D%/capture/magic.h \
	%D%/capture/packet.c %D%/capture/packet.h \
	%D%/capture/reassembly.c %D%/capture/reassembly.h \
	%D%/capture/records.c %D%/capture/records.h \
	%D%/capture/streams.c %D%/capture/streams.h \
	%D%/capture/talk.c %D%/capture/talk.h \
	%D%/capture/told.c %D%/capture/told.h \
	%D%/capture/told_hex.c \
	%D%/capture/told_log.c \
	%D%/capture/told_socat.c

%C%_libframe_a_SOURCES = \
	include/wilco/frame.h \
	%D%/frame/book.c \
	%D%/frame/catalog.c %D%/frame/catalog.h \
	%D%/frame/check.c %D%/frame/check.h \
	%D%/frame/compile.c %D%/frame/compile.h \
	%D%/frame/compile_length.c \
	%D%/frame/compile_side.c \
	%D%/frame/crc.c %D%/frame/crc.h \
	%D%/frame/crc_catalog.c \
	%D%/frame/crc_line.c \
	%D%/frame/encode.c %D%/frame/encode_private.h \
	%D%/frame/encode_back.c \
	%D%/frame/explain.c \
	%D%/frame/fast.c %D%/frame/fast.h \
	%D%/frame/folk.c %D%/frame/folk.h \
	%D%/frame/frame.c %D%/frame/frame_private.h \
	%D%/frame/lex.c \
	%D%/frame/match.c %D%/frame/match.h \
	%D%/frame/match_find.c \
	%D%/frame/match_inside.c \
	%D%/frame/ops.c \
	%D%/frame/parts.c \
	%D%/frame/parse.c %D%/frame/parse.h \
	%D%/frame/parse_bits.c \
	%D%/frame/parse_bracket.c \
	%D%/frame/parse_calc.c \
	%D%/frame/parse_clause.c \
	%D%/frame/parse_item.c \
	%D%/frame/parse_word.c \
	%D%/frame/parse_xform.c \
	%D%/frame/reply.c \
	%D%/frame/resolve.c \
	%D%/frame/resync.c \
	%D%/frame/say.c \
	%D%/frame/tally.c \
	%D%/frame/echo.c %D%/frame/echo.h \
	%D%/frame/split.c %D%/frame/split_private.h \
	%D%/frame/split_before.c \
	%D%/frame/split_look.c \
	%D%/frame/value.c \
	%D%/frame/verify.c \
	%D%/frame/xform.c %D%/frame/xform.h

%C%_libloop_a_SOURCES = \
	%D%/loop/lookup.c \
	%D%/loop/loop.c %D%/loop/loop.h %D%/loop/loop_private.h \
	%D%/loop/spared.c \
	%D%/loop/watch.c

%C%_libtransport_a_SOURCES = \
	include/wilco/transport.h \
	%D%/transport/address.c %D%/transport/address_private.h \
	%D%/transport/address_set.c \
	%D%/transport/address_spelled.c \
	%D%/transport/exec.c \
	%D%/transport/filter.c %D%/transport/filter.h \
	%D%/transport/uucp_lock.c %D%/transport/uucp_lock.h \
	%D%/transport/bind.c %D%/transport/bind.h %D%/transport/from.c %D%/transport/from.h \
	%D%/transport/listen.c %D%/transport/listener.c %D%/transport/door.h %D%/transport/pty.c %D%/transport/pty.h \
	%D%/transport/marks.c %D%/transport/marks.h \
	%D%/transport/port.c %D%/transport/port.h \
	%D%/transport/ports.c %D%/transport/ports.h \
	%D%/transport/ports_chosen.c \
	%D%/transport/ports_held.c \
	%D%/transport/ports_watch.c \
	%D%/transport/rfc2217.c \
	%D%/transport/serial.c \
	%D%/transport/server.c \
	%D%/transport/setting.c \
	%D%/transport/stream.c %D%/transport/stream.h \
	%D%/transport/tcp.c \
	%D%/transport/telnet.c %D%/transport/telnet.h \
	%D%/transport/tls.c \
	%D%/transport/transport.c %D%/transport/transport_private.h \
	%D%/transport/udp.c %D%/transport/udp.h %D%/transport/udp_server.c \
	%D%/transport/unix.c

# Adapters know their library and nothing of wilco.  They are modules, loaded when first used, or
# with --disable-modules a part of the programs.
adapter_sources = \
	%D%/adapter/capture.c \
	%D%/adapter/jansson.c \
	%D%/adapter/regex.c \
	%D%/adapter/telnet.c \
	%D%/adapter/tls.c \
	%D%/adapter/vt.c
%C%_libadapter_a_SOURCES = \
	%D%/adapter/capture.h \
	%D%/adapter/jansson.h \
	%D%/adapter/module.c %D%/adapter/module.h \
	%D%/adapter/pattern.c %D%/adapter/pattern.h \
	%D%/adapter/regex.h \
	%D%/adapter/telnet.h \
	%D%/adapter/tls.h \
	%D%/adapter/vt.h
%C%_libadapter_a_CPPFLAGS = $(AM_CPPFLAGS) -DPKGLIBDIR='"$(pkglibdir)"'
if MODULES
moduledir = $(pkglibdir)/modules
module_cflags = $(WILCO_CFLAGS) -fPIC
module_ldflags = $(WILCO_LDFLAGS) -shared
module_PROGRAMS = modules/capture.so modules/jansson.so modules/regex.so modules/telnet.so modules/tls.so modules/vt.so
modules_tls_so_SOURCES = %D%/adapter/tls.c
modules_tls_so_CFLAGS = $(module_cflags) $(SSL_CFLAGS)
modules_tls_so_LDFLAGS = $(module_ldflags)
modules_tls_so_LDADD = $(SSL_LIBS)
modules_capture_so_SOURCES = %D%/adapter/capture.c
modules_capture_so_CFLAGS = $(module_cflags) $(PCAP_CFLAGS)
modules_capture_so_LDFLAGS = $(module_ldflags)
modules_capture_so_LDADD = $(PCAP_LIBS)
modules_jansson_so_SOURCES = %D%/adapter/jansson.c
modules_jansson_so_CFLAGS = $(module_cflags) $(JANSSON_CFLAGS)
modules_jansson_so_LDFLAGS = $(module_ldflags)
modules_jansson_so_LDADD = $(JANSSON_LIBS)
modules_regex_so_SOURCES = %D%/adapter/regex.c
modules_regex_so_CFLAGS = $(module_cflags) $(PCRE2_CFLAGS)
modules_regex_so_LDFLAGS = $(module_ldflags)
modules_regex_so_LDADD = $(PCRE2_LIBS)
modules_telnet_so_SOURCES = %D%/adapter/telnet.c
modules_telnet_so_CFLAGS = $(module_cflags) $(TELNET_CFLAGS)
modules_telnet_so_LDFLAGS = $(module_ldflags)
modules_telnet_so_LDADD = $(TELNET_LIBS)
modules_vt_so_SOURCES = %D%/adapter/vt.c
modules_vt_so_CFLAGS = $(module_cflags) $(TSM_CFLAGS)
modules_vt_so_LDFLAGS = $(module_ldflags)
modules_vt_so_LDADD = $(TSM_LIBS)
adapter_libs =
else
%C%_libadapter_a_SOURCES += $(adapter_sources)
adapter_libs = $(SSL_LIBS) $(PCAP_LIBS) $(TELNET_LIBS) $(PCRE2_LIBS) $(JANSSON_LIBS) $(TSM_LIBS)
endif

%C%_libsession_a_SOURCES = \
	include/wilco/session.h \
	%D%/session/ahead.c \
	%D%/session/asked.c \
	%D%/session/damage.c \
	%D%/session/direct.c \
	%D%/session/each.c \
	%D%/session/ending.c \
	%D%/session/events.c \
	%D%/session/file.c \
	%D%/session/exchange.c %D%/session/exchange.h \
	%D%/session/giving_up.c \
	%D%/session/greeting.c \
	%D%/session/patience.c \
	%D%/session/handshake.c \
	%D%/session/line.c \
	%D%/session/log.c %D%/session/log.h \
	%D%/session/login.c \
	%D%/session/packets.c %D%/session/packets.h \
	%D%/session/overheard.c %D%/session/overheard.h \
	%D%/session/pace.c \
	%D%/session/paired.c \
	%D%/session/passed.c \
	%D%/session/pairing.c %D%/session/pairing.h %D%/session/pairing_private.h \
	%D%/session/session.c %D%/session/session_private.h \
	%D%/session/set.c \
	%D%/session/shelf.c %D%/session/shelf.h \
	%D%/session/now.c \
	%D%/session/tell.c \
	%D%/session/turn.c \
	%D%/session/wire.c \
	%D%/session/silence.c %D%/session/silence.h

%C%_librecord_a_SOURCES = \
	%D%/record/record.c %D%/record/record.h

%C%_libmacro_a_SOURCES = \
	include/wilco/difference.h \
	include/wilco/macro.h \
	%D%/macro/difference.c \
	%D%/macro/condition.c %D%/macro/condition.h \
	%D%/macro/cut.c %D%/macro/cut.h \
	%D%/macro/expected.c %D%/macro/expected.h \
	%D%/macro/expected_holds.c \
	%D%/macro/fault.c %D%/macro/fault.h \
	%D%/macro/format.c %D%/macro/format.h \
	%D%/macro/order.c \
	%D%/macro/request.c %D%/macro/request.h \
	%D%/macro/respell.c %D%/macro/respell.h \
	%D%/macro/secrets.c \
	%D%/macro/verb.c \
	%D%/macro/verb_play.c \
	%D%/macro/now.c \
	%D%/macro/range.c %D%/macro/range.h \
	%D%/macro/sendfile.c \
	%D%/macro/tell.c \
	%D%/macro/variables.c %D%/macro/variables.h \
	%D%/macro/with.c

%C%_libplay_a_SOURCES = \
	%D%/play/below.c \
	%D%/play/block.c \
	%D%/play/device.c \
	%D%/play/greeted.c \
	%D%/play/lines.c \
	%D%/play/login.c %D%/play/login.h \
	%D%/play/macro.c \
	%D%/play/macros.c %D%/play/macros.h \
	%D%/play/play.c %D%/play/play.h %D%/play/play_private.h \
	%D%/play/source.c %D%/play/source.h \
	%D%/play/step.c \
	%D%/play/verbs.c \
	%D%/play/verdict.c \
	%D%/play/walk.c \
	%D%/play/when.c

%C%_libsim_a_SOURCES = \
	%D%/sim/answer.c %D%/sim/answer.h \
	%D%/sim/choose.c \
	%D%/sim/faults.c %D%/sim/faults.h \
	%D%/sim/match.c %D%/sim/match.h \
	%D%/sim/owner.c \
	%D%/sim/script.c %D%/sim/script.h %D%/sim/script_private.h \
	%D%/sim/script_check.c \
	%D%/sim/sending.c \
	%D%/sim/sim.c %D%/sim/sim.h %D%/sim/sim_private.h
nodist_%C%_libsim_a_SOURCES = %D%/sim/demo.c

# The built-in device is a macro file like any other, compiled in as a string.
%D%/sim/demo.c: %D%/sim/demo.wilco
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(AWK) ' \
		BEGIN { print "#include \"sim/sim.h\"\nstruct slice sim_demo(void)\n{"; \
			print "\tstatic const char text[] = \"\"" } \
		{ gsub(/\\/, "\\\\\\\\"); gsub(/"/, "\\\""); print "\t\t\"" $$0 "\\n\"" } \
		END { print "\t\t;\n\treturn slice_of(text, sizeof text - 1);\n}" }' \
		$(srcdir)/%D%/sim/demo.wilco >$@.new && mv $@.new $@
EXTRA_DIST += %D%/sim/demo.wilco
CLEANFILES += %D%/sim/demo.c

%C%_libviewed_a_SOURCES = \
	%D%/viewed/captured.c %D%/viewed/captured.h \
	%D%/viewed/kept.c %D%/viewed/kept.h \
	%D%/viewed/part.c %D%/viewed/part.h \
	%D%/viewed/pieces.c %D%/viewed/pieces.h %D%/viewed/pieces_private.h \
	%D%/viewed/pieces_capture.c \
	%D%/viewed/pieces_macro.c \
	%D%/viewed/pieces_text.c \
	%D%/viewed/viewed.c %D%/viewed/viewed.h \
	%D%/viewed/viewed_load.c %D%/viewed/viewed_private.h

%C%_libtap_a_SOURCES = \
	%D%/tap/batch.c %D%/tap/batch.h \
	%D%/tap/decode.c %D%/tap/decode.h \
	%D%/tap/fault.c \
	%D%/tap/gate.c %D%/tap/gate.h \
	%D%/tap/inject.c \
	%D%/tap/patience.c \
	%D%/tap/relay.c %D%/tap/relay.h \
	%D%/tap/tap.c %D%/tap/tap.h %D%/tap/tap_private.h

%C%_libfleet_a_SOURCES = \
	%D%/fleet/answers.c %D%/fleet/answers.h \
	%D%/fleet/baseline.c %D%/fleet/baseline.h \
	%D%/fleet/bracket.c %D%/fleet/bracket.h \
	%D%/fleet/compared.c %D%/fleet/compared.h \
	%D%/fleet/fleet.c %D%/fleet/fleet.h %D%/fleet/fleet_private.h \
	%D%/fleet/fold.c %D%/fleet/fold.h \
	%D%/fleet/gateways.c %D%/fleet/gateways.h \
	%D%/fleet/grouped.c %D%/fleet/grouped.h \
	%D%/fleet/inventory.c %D%/fleet/inventory.h \
	%D%/fleet/member.c \
	%D%/fleet/tally.c %D%/fleet/tally.h \
	%D%/fleet/targets.c %D%/fleet/targets.h \
	%D%/fleet/times.c %D%/fleet/times.h \
	%D%/fleet/words.c %D%/fleet/words.h

%C%_libcmd_a_SOURCES = \
	%D%/cmd/cmd.c %D%/cmd/cmd.h \
	%D%/cmd/cmd_all.c \
	%D%/cmd/cmd_bind.c \
	%D%/cmd/cmd_break.c \
	%D%/cmd/cmd_close.c \
	%D%/cmd/cmd_copy.c \
	%D%/cmd/cmd_device.c \
	%D%/cmd/cmd_devices.c \
	%D%/cmd/cmd_do.c \
	%D%/cmd/cmd_edit.c \
	%D%/cmd/cmd_filter.c \
	%D%/cmd/cmd_find.c \
	%D%/cmd/cmd_fleet.c \
	%D%/cmd/cmd_frame.c \
	%D%/cmd/cmd_goto.c \
	%D%/cmd/cmd_highlight.c \
	%D%/cmd/cmd_group.c \
	%D%/cmd/cmd_help.c \
	%D%/cmd/cmd_download.c \
	%D%/cmd/cmd_drop.c \
	%D%/cmd/cmd_history.c \
	%D%/cmd/cmd_hold.c \
	%D%/cmd/cmd_inject.c \
	%D%/cmd/cmd_log.c \
	%D%/cmd/cmd_macros.c \
	%D%/cmd/cmd_note.c \
	%D%/cmd/cmd_open.c \
	%D%/cmd/cmd_overview.c \
	%D%/cmd/overview.c %D%/cmd/overview.h \
	%D%/cmd/cmd_pipe.c \
	%D%/cmd/cmd_play.c \
	%D%/cmd/cmd_ports.c \
	%D%/cmd/next.c %D%/cmd/next.h \
	%D%/cmd/ports_shown.c %D%/cmd/ports_shown.h \
	%D%/cmd/cmd_probe.c \
	%D%/cmd/cmd_quit.c \
	%D%/cmd/cmd_record.c \
	%D%/cmd/cmd_save.c \
	%D%/cmd/cmd_set.c \
	%D%/cmd/cmd_term.c \
	%D%/cmd/cmd_upload.c \
	%D%/cmd/cmd_use.c \
	%D%/cmd/cmd_view.c \
	%D%/cmd/cmd_watch.c \
	%D%/cmd/cmd_when.c %D%/cmd/when.h \
	%D%/cmd/complete.c \
	%D%/cmd/context.c %D%/cmd/context.h \
	%D%/cmd/devices.c %D%/cmd/devices.h \
	%D%/cmd/export.c %D%/cmd/export.h \
	%D%/cmd/fleet_list.c %D%/cmd/fleet_list.h \
	%D%/cmd/rollout.c %D%/cmd/rollout.h \
	%D%/cmd/groups.c %D%/cmd/groups.h \
	%D%/cmd/advice.c %D%/cmd/advice.h \
	%D%/cmd/guess.c %D%/cmd/guess.h %D%/cmd/guess_private.h %D%/cmd/guess_tried.c \
	%D%/cmd/guess_known.c %D%/cmd/guess_length.c %D%/cmd/guess_other.c \
	%D%/cmd/history.c %D%/cmd/history.h \
	%D%/cmd/line_read.c %D%/cmd/line_read.h \
	%D%/cmd/probing.c %D%/cmd/probing.h %D%/cmd/probing_private.h %D%/cmd/probing_tell.c \
	%D%/cmd/probe_plan.c %D%/cmd/probe_plan.h \
	%D%/cmd/list.c %D%/cmd/list.h \
	%D%/cmd/opened.c \
	%D%/cmd/options.c %D%/cmd/options.h \
	%D%/cmd/output.c %D%/cmd/output.h \
	%D%/cmd/piped.c %D%/cmd/piped.h \
	%D%/cmd/played.c %D%/cmd/played.h \
	%D%/cmd/headway.c %D%/cmd/headway.h \
	%D%/cmd/queue.c %D%/cmd/queue.h \
	%D%/cmd/recorder.c %D%/cmd/recorder.h \
	%D%/cmd/runner.c %D%/cmd/runner.h \
	%D%/cmd/save_report.c %D%/cmd/save_report.h \
	%D%/cmd/shell.c %D%/cmd/shell.h \
	%D%/cmd/show.c \
	%D%/cmd/ui.h \
	%D%/cmd/measure.c %D%/cmd/measure.h \
	%D%/cmd/offer.c %D%/cmd/offer.h \
	%D%/cmd/term.c %D%/cmd/term.h \
	%D%/cmd/topics.c %D%/cmd/topics.h \
	%D%/cmd/transfer.c %D%/cmd/transfer.h \
	%D%/cmd/tapped.c %D%/cmd/tapped.h %D%/cmd/tapped_private.h \
	%D%/cmd/tapped_hold.c %D%/cmd/tapped_send.c \
	%D%/cmd/tapping.c %D%/cmd/tapping.h \
	%D%/cmd/turns.c %D%/cmd/typed.c \
	%D%/cmd/watch.c %D%/cmd/watch.h \
	%D%/cmd/zmodem.c %D%/cmd/zmodem.h

%C%_libpane_a_SOURCES = \
	%D%/pane/anatomy.c %D%/pane/anatomy.h \
	%D%/pane/block.c %D%/pane/block.h \
	%D%/pane/chart.c %D%/pane/chart.h \
	%D%/pane/compare.c \
	%D%/pane/copy.c \
	%D%/pane/detail.c %D%/pane/detail.h \
	%D%/pane/draw.c %D%/pane/pane_private.h \
	%D%/pane/entry.c %D%/pane/entry.h \
	%D%/pane/find.c %D%/pane/find.h \
	%D%/pane/language.c %D%/pane/language.h \
	%D%/pane/highlight.c %D%/pane/highlight.h \
	%D%/pane/marks.c %D%/pane/marks.h \
	%D%/pane/order.c \
	%D%/pane/passed.c %D%/pane/passed.h \
	%D%/pane/pane.c %D%/pane/pane.h \
	%D%/pane/rows.c %D%/pane/rows.h \
	%D%/pane/select.c \
	%D%/pane/spelled.c %D%/pane/spelled.h \
	%D%/pane/waiting.c \
	%D%/pane/view.c %D%/pane/view.h \
	%D%/pane/view_anatomy.c \
	%D%/pane/view_auto.c \
	%D%/pane/view_dump.c \
	%D%/pane/view_hex.c \
	%D%/pane/view_text.c \
	%D%/pane/written.c %D%/pane/written.h

%C%_libconsole_a_SOURCES = \
	%D%/console/actions.c \
	%D%/console/alarm.c \
	%D%/console/bind.c %D%/console/bind.h \
	%D%/console/choose.c \
	%D%/console/clipboard.c %D%/console/take.c \
	%D%/console/complete.c \
	%D%/console/console.c %D%/console/console.h %D%/console/console_private.h \
	%D%/console/edit.c \
	%D%/console/editor.c %D%/console/editor.h \
	%D%/console/editrc.c %D%/console/editrc.h \
	%D%/console/events.c \
	%D%/console/full.c \
	%D%/console/keys.c %D%/console/keys.h \
	%D%/console/keyrows.c \
	%D%/console/lines.c %D%/console/lines.h \
	%D%/console/mouse.c \
	%D%/console/paint.c \
	%D%/console/panel.c \
	%D%/console/prompt.c \
	%D%/console/recall.c \
	%D%/console/row.c %D%/console/row.h \
	%D%/console/screen.c %D%/console/screen.h \
	%D%/console/say.c \
	%D%/console/secret.c \
	%D%/console/several.c \
	%D%/console/sheet.c %D%/console/sheet.h \
	%D%/console/sheet_text.c \
	%D%/console/status.c \
	%D%/console/term_file.c \
	%D%/console/term_keys.c \
	%D%/console/term_paint.c \
	%D%/console/term_screen.c %D%/console/term_screen.h \
	%D%/console/terminal.c %D%/console/terminal.h \
	%D%/console/tour.c \
	%D%/console/typing.c \
	%D%/console/vi.c %D%/console/vi.h \
	%D%/console/viewing.c \
	%D%/console/waiting.c
%C%_libconsole_a_CPPFLAGS = $(AM_CPPFLAGS) $(EDIT_CFLAGS) $(CURSES_CFLAGS)

wilco_libs = %D%/libcmd.a %D%/libviewed.a %D%/libcapture.a %D%/libtap.a %D%/libfleet.a %D%/libpane.a %D%/librecord.a %D%/libsim.a %D%/libplay.a %D%/libmacro.a %D%/libsession.a %D%/libtransport.a \
	%D%/libadapter.a %D%/libloop.a %D%/libframe.a %D%/libbase.a
# Of the transports, beneath all of ours.
line_libs = $(adapter_libs) $(UV_LIBS)

# All of `wilco` but its main().
noinst_LIBRARIES += %D%/libcli.a
%C%_libcli_a_SOURCES = \
	%D%/cli/accept.c %D%/cli/accept.h \
	%D%/cli/check.c %D%/cli/check.h \
	%D%/cli/cli.h \
	%D%/cli/commands.c \
	%D%/cli/complete.c \
	%D%/cli/console.c \
	%D%/cli/demo.c \
	%D%/cli/differ.c %D%/cli/differ.h \
	%D%/cli/fleet.c %D%/cli/fleet.h \
	%D%/cli/fleet_names.c \
	%D%/cli/fleet_play.c \
	%D%/cli/fleet_report.c \
	%D%/cli/frame.c \
	%D%/cli/frame_capture.c %D%/cli/frame_capture.h \
	%D%/cli/frame_decode.c \
	%D%/cli/frame_encode.c \
	%D%/cli/frame_job.c %D%/cli/frame_job.h \
	%D%/cli/frame_list.c \
	%D%/cli/frame_show.c \
	%D%/cli/ansible.c %D%/cli/ansible.h \
	%D%/cli/ansible_args.c \
	%D%/cli/ansible_ask.c \
	%D%/cli/ansible_expect.c \
	%D%/cli/ansible_play.c \
	%D%/cli/ansible_result.c \
	%D%/cli/ask.c %D%/cli/ask.h \
	%D%/cli/help.c \
	%D%/cli/import.c \
	%D%/cli/input.c %D%/cli/input.h \
	%D%/cli/out.c %D%/cli/out_json.c %D%/cli/out.h \
	%D%/cli/pipe.c \
	%D%/cli/play.c %D%/cli/playing.h \
	%D%/cli/play_jobs.c \
	%D%/cli/probe.c %D%/cli/probe_private.h %D%/cli/probe_tell.c \
	%D%/cli/progress.c %D%/cli/progress.h \
	%D%/cli/report.c %D%/cli/report.h \
	%D%/cli/report_junit.c \
	%D%/cli/report_tap.c \
	%D%/cli/record.c %D%/cli/record.h \
	%D%/cli/say.c \
	%D%/cli/send.c \
	%D%/cli/signals.c \
	%D%/cli/dump.c \
	%D%/cli/ports.c \
	%D%/cli/fmt.c \
	%D%/cli/simulate.c \
	%D%/cli/tap.c \
	%D%/cli/outlet.c %D%/cli/outlet.h \
	%D%/cli/spool.c %D%/cli/spool.h \
	%D%/cli/traffic.c %D%/cli/traffic.h \
	%D%/cli/view.c
%C%_libcli_a_CPPFLAGS = $(AM_CPPFLAGS) -DPKGLIBEXECDIR='"$(pkglibexecdir)"'
bin_PROGRAMS += wilco
wilco_SOURCES = %D%/cli/main.c
cli_libs = %D%/libcli.a %D%/libcapture.a
# What each start runs stands first and side by side: fewer pages of the program are touched.
each_start = \
	%D%/cli/libcli_a-commands.$(OBJEXT) \
	%D%/cli/libcli_a-out.$(OBJEXT) \
	%D%/cli/libcli_a-outlet.$(OBJEXT) \
	%D%/cli/libcli_a-spool.$(OBJEXT) \
	%D%/cli/libcli_a-ansible.$(OBJEXT) \
	%D%/cmd/options.$(OBJEXT) \
	%D%/base/table.$(OBJEXT) \
	%D%/base/bytes.$(OBJEXT) \
	%D%/base/mem.$(OBJEXT) \
	%D%/base/fd.$(OBJEXT)
wilco_LDADD = $(each_start) $(cli_libs) $(wilco_libs) $(line_libs)

# Completion in shells: the same for every machine, because wilco says itself what fits.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = %D%/completion/bash/wilco
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = %D%/completion/zsh/_wilco
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = %D%/completion/fish/wilco.fish

# The module for Ansible, which is copied alone to other machines: adapters and libraries are in it.  Only
# the tests and `make ansible-collection` need it.
noinst_LIBRARIES += %D%/libwhole.a
%C%_libwhole_a_SOURCES = \
	%D%/adapter/jansson.c \
	%D%/adapter/module.c \
	%D%/adapter/pattern.c \
	%D%/adapter/regex.c \
	%D%/adapter/telnet.c \
	%D%/adapter/tls.c
%C%_libwhole_a_CPPFLAGS = $(AM_CPPFLAGS) -DWILCO_WHOLE
EXTRA_PROGRAMS += ansible/wilco
check_DATA += ansible/wilco
ansible_wilco_SOURCES = %D%/cli/main.c
ansible_wilco_LDADD = $(cli_libs) $(wilco_libs:libadapter.a=libwhole.a) $(WHOLE_LIBS)

pkglibexec_PROGRAMS += wilco-console
wilco_console_SOURCES = %D%/console/main.c
wilco_console_LDADD = %D%/libconsole.a $(wilco_libs) $(EDIT_LIBS) $(CURSES_LIBS) $(line_libs)
