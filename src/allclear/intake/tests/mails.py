"""Mails as programs of this world write them, and the reports of their servers."""

from __future__ import annotations

GMAIL = """\
MIME-Version: 1.0
From: Ana Roth <ana@example.org>
Date: Mon, 2 Mar 2026 10:03:11 +0100
Message-ID: <CAKx7=abc@mail.gmail.com>
Subject: Re: P1 INC0000042: The core switch is down
To: {to}
In-Reply-To: <INC0000042@127.0.0.1>
Content-Type: multipart/alternative; boundary="0000000000001"

--0000000000001
Content-Type: text/plain; charset="UTF-8"
Content-Transfer-Encoding: quoted-printable

{text}

On Mon, Mar 2, 2026 at 10:00=E2=80=AFAM Allclear <allclear@example.org>
wrote:

> The core switch is down.
>
> Or answer this mail: ack, next, snooze 30.
>

--0000000000001
Content-Type: text/html; charset="UTF-8"

<div dir="ltr">{text}</div><br><div class="gmail_quote"><div class="gmail_attr">On Mon wrote:</div></div>

--0000000000001--
"""

OUTLOOK_HTML = """\
From: =?utf-8?Q?Ben_M=C3=BCller?= <ben@example.org>
To: {to}
Subject: =?utf-8?Q?AW=3A_P1_INC0000042=3A_St=C3=B6rung?=
Thread-Topic: P1 INC0000042
Date: Mon, 2 Mar 2026 09:05:00 +0000
Message-ID: <AM0PR0@EURPRD01.PROD.OUTLOOK.COM>
Content-Language: de-DE
X-MS-Has-Attach:
Content-Type: text/html; charset="utf-8"
MIME-Version: 1.0

<html><head><style type="text/css">P {{margin-top:0}}</style></head><body dir="ltr">
<div class="elementToProof" style="font-size: 12pt">{text}<br></div>
<div><br></div><div>Mit freundlichen Gr&uuml;&szlig;en</div><div>Ben M&uuml;ller</div>
<div id="appendonsend"></div><hr style="display:inline-block;width:98%">
<div id="divRplyFwdMsg"><b>Von:</b> Allclear &lt;allclear@example.org&gt;<br>
<b>Gesendet:</b> Montag, 2. M&auml;rz 2026</div>
<div>Oder antworte auf diese Mail: ack, weiter, snooze 30.</div></body></html>
"""

OUTLOOK_PLAIN = """\
From: Ben <ben@example.org>
To: {to}
Subject: AW: P1 INC0000042
Message-ID: <plain-outlook@example.org>
Content-Type: text/plain; charset="iso-8859-1"
Content-Transfer-Encoding: 8bit

{text}

Von: Allclear <allclear@example.org>
Gesendet: Montag, 2. M\u00e4rz 2026 10:00
An: Ben <ben@example.org>
Betreff: P1 INC0000042

The core switch is down. ack
"""

APPLE = """\
From: Carla <carla@example.org>
To: {to}
Subject: Re: P1 INC0000042
Message-Id: <apple-1@icloud.com>
Mime-Version: 1.0 (1.0)
Content-Type: text/plain; charset=utf-8

{text}

Enviado desde mi iPhone

El 2 mar 2026, a las 10:00, Allclear <allclear@example.org> escribi\u00f3:

> The core switch is down.
"""

AWAY = """\
From: Ana Roth <ana@example.org>
To: {to}
Subject: Automatische Antwort: P1 INC0000042: The core switch is down
Message-ID: <oof-1@example.org>
{header}
Content-Type: text/plain; charset=utf-8

ack
"""

BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.net (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <20260302090511.4F1@mx.example.net>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="4F1.17724"

--4F1.17724
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.net.

--4F1.17724
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net
Arrival-Date: Mon,  2 Mar 2026 09:05:10 +0000 (UTC)

Final-Recipient: rfc822; ana@example.org
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <ana@example.org>: Recipient address
    rejected: User unknown

--4F1.17724
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

Subject: P1 INC0000042
Message-ID: {original}

--4F1.17724--
"""


def raw(mail: str, encoding: str = "utf-8", **values: str) -> bytes:
    """As it comes over the wire. `text` goes into a quoted-printable part only in ASCII."""
    filled = {"to": "", "text": "", "header": "X-Nothing: 1", "original": "<none@example.org>", **values}
    return mail.format(**filled).replace("\n", "\r\n").encode(encoding)
