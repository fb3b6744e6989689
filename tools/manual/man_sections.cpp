#include "man_sections.hpp"

namespace pintle::manual {

const std::string_view description_section = R"(.SH DESCRIPTION
.B pintle
takes RudderStack's events over HTTP, keeps them on disk, and delivers them to Customer.io's Track API, each person's in
their order.
When it answers 200, the event is on disk and will be delivered, or be found among the dead letters with the reason.
.PP
.B pintle serve
is the daemon.
The other commands look at a running one, change it, or help to prepare it.
They find it by its configuration file
.RB ( \-\-config ),
by the environment, or by
.BR \-\-admin .
)";

const std::string_view environment_section = R"(.SH ENVIRONMENT
The variables that configure the daemon win over its file, and are enough without one.
Those of the source and of the destination count where there is one of each.
)";

const std::string_view further_sections = R"(.TP
.B NO_COLOR
Where it is set, nothing is coloured.
.SH FILES
.TP
.I /etc/pintle/pintle.yaml
The configuration of the service that the Debian package brings; it holds every key with its default.
.TP
.I /etc/pintle/environment
Variables of that service, for credentials; owned by root, mode 0600.
.TP
.I /var/lib/pintle/journal
Its journal: events that wait, and dead letters.
.TP
.IR FILE .pintle\-progress ", " FILE .rejected
Beside a file that
.B pintle import
sends: how far it is, until all is done, and the lines that were not taken.
.SH SIGNALS
Of
.BR "pintle serve" :
.TP
.BR SIGTERM ", " SIGINT
It takes no new connections, finishes what is under way, and ends with status 0, at the latest after
.IR ingest.drain_timeout .
What was not delivered by then is delivered after the next start.
.TP
.B SIGHUP
It loads its configuration again, as
.B pintle reload
has it do.
.SH EXIT STATUS
.TP
.B 0
All is well.
.TP
.B 1
It failed.
.B pintle status
ends so as well where the daemon is not healthy, and
.B pintle compare
where something differs that is not accepted.
.TP
.B 2
The command line or the configuration is wrong.
.SH EXAMPLES
Run it, configured by the environment alone:
.PP
.RS 4
.EX
PINTLE_WRITE_KEY=... CUSTOMERIO_SITE_ID=... CUSTOMERIO_API_KEY=... pintle serve
.EE
.RE
.PP
See what an event would become, without sending it:
.PP
.RS 4
.EX
echo \(aq{"type": "track", "userId": "ada", "event": "Signed In"}\(aq | pintle transform
.EE
.RE
.PP
Is it healthy? How fast is it? What happens to one user's events?
.PP
.RS 4
.EX
pintle status
pintle top
pintle tap \-\-user ada
.EE
.RE
.PP
Backfill a file of events, at most 500 of them a second:
.PP
.RS 4
.EX
pintle import \-\-rate 500 events.ndjson
.EE
.RE
.PP
Send what was refused in the last two hours once more:
.PP
.RS 4
.EX
pintle dead\-letters list \-\-since 2h
pintle dead\-letters replay \-\-since 2h
.EE
.RE
.PP
Does pintle send to Customer.io what the destination that it replaces sends?
.PP
.RS 4
.EX
pintle sandbox \-\-listen :443 \-\-record before.jsonl
pintle sandbox \-\-record pintle.jsonl
pintle compare \-\-accept dedupe_id before.jsonl pintle.jsonl
.EE
.RE
.PP
Complete command lines in this shell:
.PP
.RS 4
.EX
source <(pintle completion bash)
.EE
.RE
)";

}  // namespace pintle::manual
