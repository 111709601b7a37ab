"""German: what people, workshops, offices and insurers write."""

from claimgen.phrases import Phrases

GERMAN = Phrases(
    labels={
        "policy_number": ("Versicherungsnummer", "Policennummer", "Vertragsnummer", "Vers.-Nr."),
        "loss_date": ("Schadentag", "Datum des Schadens", "Wann ist es passiert?"),
        "notice_date": ("Datum dieser Meldung", "Gemeldet am", "Ausgefüllt am"),
        "claimed_eur": ("Geforderter Betrag (EUR)", "Forderung in EUR", "Schadenhöhe, EUR"),
        "claimant": ("Name des Versicherten", "Versicherungsnehmer", "Ihr voller Name"),
        "counterparty": ("Andere Beteiligte", "Dritter", "Name der anderen Person"),
    },
    titles=("SCHADENMELDUNG", "SCHADENANZEIGE", "Schadenformular - bitte vollständig ausfüllen"),
    dateline=(
        "{town}, {notice_date}",
        "{street}, {town}\n\n{town}, {notice_date}",
        "Datum: {notice_date}",
    ),
    opening=(
        "ich schreibe wegen meiner Versicherung {policy_number}.",
        "mein Vertrag bei Ihnen hat die Nummer {policy_number}.",
        "Betrifft: Police {policy_number}\n\nhiermit melde ich einen Schaden.",
        "unter der Versicherungsnummer {policy_number} zeige ich folgenden Schaden an.",
    ),
    loss=(
        "Passiert ist es am {loss_date}.",
        "Der Tag des Ereignisses war der {loss_date}.",
        "Das Unglück, das ich nun schildere, ereilte uns am {loss_date}.",
        "Das Folgende geschah am {loss_date} in {town}.",
    ),
    stories={
        "motor_damage": (
            "Beim Einparken streifte ein Lieferwagen Tür und Stoßfänger meines Autos.",
            "An der Ampel fuhr mir ein anderer Wagen auf; der Kofferraum ist krumm.",
            "Mein Auto rutschte im Parkhaus gegen einen Poller, der Kotflügel ist eingedrückt.",
            "Auf der Autobahn traf ein Stein die Windschutzscheibe, sie ist gerissen.",
        ),
        "home_water": (
            "In der Küchenwand platzte ein Rohr, und das Wasser lief stundenlang durch die Decke.",
            "Der Schlauch der Waschmaschine sprang ab, das Parkett im Flur ist aufgequollen.",
            "Leitungswasser aus einer undichten Verbindung durchnässte Boden und Wand des Bades.",
            "Die Spülmaschine lief über Nacht aus; Putz und Fußleisten sind durchnässt.",
        ),
        "home_burglary": (
            "Einbrecher hebelten die Terrassentür auf und nahmen Schmuck mit.",
            "Jemand brach über den Keller in die Wohnung ein und stahl zwei Laptops und Bargeld.",
            "Das Schloss der Haustür wurde aufgebohrt; die Diebe nahmen Uhren und Silber mit.",
            "Wir fanden ein eingeschlagenes Fenster, Fahrräder und Werkzeug waren gestohlen.",
        ),
        "storm_damage": (
            "Der Sturm riss etwa vierzig Ziegel vom Dach und verbog die Regenrinne.",
            "Bei dem Unwetter schlug ein Ast durch den Wintergarten und zerbrach drei Scheiben.",
            "Hagel, groß wie Walnüsse, zerschlug die Rollläden und das Dachfenster.",
            "Der Orkan wehte die Schornsteinhaube herab, sie durchschlug das Dach des Carports.",
        ),
        "travel_cancellation": (
            "Zwei Tage vor der Abreise wurde ich krank und musste die ganze Reise stornieren.",
            "Wegen eines Todesfalls sagten wir den Urlaub ab; das Hotel behält die Gebühr.",
            "Mein Arzt verbot mir zu fliegen, also stornierte ich die Kreuzfahrt gegen Gebühr.",
            "Wir konnten die gebuchte Reise nicht antreten, weil die Tochter sich das Bein brach.",
        ),
        "travel_medical": (
            "Im Ausland musste ich wegen einer Infektion zum Arzt und bekam Antibiotika.",
            "Im Ausland rutschte ich aus, das Handgelenk wurde in der Klinik gegipst.",
            "Auf der Reise bekam mein Sohn Fieber und wurde im Krankenhaus dort behandelt.",
            "Im Ausland brauchte ich einen Notzahnarzt und zahlte die Rechnung selbst.",
        ),
        "liability_property": (
            "Beim Umzug einer Freundin fiel mir ihr Fernseher die Treppe hinunter.",
            "Mein Sohn schoss einen Ball durch das Schaufenster des Nachbarn.",
            "Als Gast stieß ich eine Vase um, und der Glastisch darunter zersprang.",
            "Ich fuhr mit dem Fahrrad gegen ein geparktes fremdes Auto und drückte die Tür ein.",
        ),
        "pet_treatment": (
            "Unser Hund verschluckte ein Spielzeug und musste beim Tierarzt operiert werden.",
            "Die Katze wurde bei einem Kampf verletzt, der Tierarzt nähte die Wunde.",
            "Mein Pferd lahmte, die Tierklinik machte Aufnahmen und behandelte die Sehne.",
        ),
    },
    party=(
        "Die andere beteiligte Person ist {counterparty}.",
        "{counterparty} war ebenfalls beteiligt und kann alles bestätigen.",
        "Auf der anderen Seite steht {counterparty}, und wir haben uns gut verständigt.",
    ),
    amount=(
        "Ich fordere insgesamt {claimed_eur} EUR; die Rechnung liegt bei.",
        "Bitte erstatten Sie {claimed_eur} Euro auf mein Konto {account}.",
        "Die Sache hat mich {claimed_eur} € gekostet, um deren Erstattung ich bitte.",
        "Meine Forderung beträgt EUR {claimed_eur}. Mein Konto: {account}.",
    ),
    closing=(
        "Mit freundlichen Grüßen\n\n{claimant}",
        "Freundliche Grüße\n{claimant}\n{street}, {town}",
        "Hochachtungsvoll\n{claimant}\nKunde {customer_number}",
    ),
    mail_heads=(
        "Von: {claimant} <{email}>\nAn: schaden@insurer.example\nDatum: {notice_date}\n"
        "Betreff: Schaden, Kunde {customer_number}\n\nSehr geehrte Damen und Herren,",
        "Von: {email}\nGesendet: {notice_date}\nAn: Schadenabteilung\nBetreff: Mein Schaden\n\n"
        "Guten Tag,",
    ),
    invoice=(
        "{firm}\n{firm_street}, {town}\n\nRECHNUNG {invoice_number}\nRechnungsdatum: {invoice_date}"
        "\n\nRechnung an: {claimant}\n{street}, {town}\n\n{items}\n\nNettobetrag     {net}\n"
        "MwSt. 19 %      {vat}\nGesamtbetrag (EUR) {invoiced_eur}\n\nZahlbar binnen 14 Tagen.",
        "{firm} * {firm_street} * {town}\n\nRechnung Nr. {invoice_number} vom {invoice_date}\n"
        "Kunde: {claimant}\n\n{items}\n\nSumme ohne Steuer: {net} EUR; Steuer: {vat} EUR\n"
        "ZU ZAHLEN: {invoiced_eur} EUR\n\nVielen Dank für Ihren Auftrag.",
    ),
    works={
        "motor_damage": ("Karosseriearbeiten", "Lack, zwei Schichten", "Stoßfänger", "Arbeitszeit"),
        "home_water": ("Leckortung", "Trocknung, 9 Tage", "Putz und Anstrich", "Rohrarbeiten"),
        "home_burglary": ("Türschloss, Klasse 5", "Ersatzkamera", "Verglasung", "Schmuck"),
        "storm_damage": ("Dachziegel", "Gerüst", "Regenrinne, Zink", "Dachdecker, Stunden"),
        "travel_cancellation": ("Stornogebühr Hotel", "Flug, ohne Erstattung", "Buchungsgebühr"),
        "travel_medical": ("Beratung", "Medikamente", "Röntgen", "Behandlung, 2 Termine"),
        "liability_property": ("Reparatur", "Ersatz von Glas", "Lieferung", "Montage"),
        "pet_treatment": ("Operation, Kleintiere", "Narkose", "Aufenthalt, 2 Nächte", "Verband"),
    },
    reports={
        "motor_damage": "POLIZEIBERICHT - VERKEHR",
        "home_water": "BERICHT DES INSTALLATEURS",
        "home_burglary": "POLIZEIBERICHT - EINBRUCH",
        "storm_damage": "BERICHT DES DACHDECKERS",
        "travel_cancellation": "ÄRZTLICHES ATTEST (REISEUNFÄHIG)",
        "travel_medical": "ARZTBERICHT DER KLINIK",
        "liability_property": "AUSSAGE EINES ZEUGEN",
        "pet_treatment": "BERICHT DER TIERKLINIK",
    },
    report_party=("Ebenfalls anwesend: {counterparty}", "Andere Partei: {counterparty}"),
    report_event=(
        "Tag des Ereignisses: {loss_date}\nBetroffene Person: {claimant}",
        "Wir waren tätig für {claimant}. Das Ereignis war am {loss_date}.",
    ),
    notes=(
        "Von: Schadenabteilung\nBetreff: Ihre Nachricht\n\nVielen Dank für Ihre Nachricht zu "
        "{policy_number}. Wir antworten binnen zehn Werktagen nach dem {other_date}.",
        "Telefonnotiz, {other_date}\n\nAnrufer fragte nach dem Stand zu {policy_number}. "
        "Auf fehlende Rechnung hingewiesen. Es war von etwa {other_amount} EUR die Rede.",
        "Guten Tag {claimant},\n\nIhr nächster Beitrag von {other_amount} EUR ist am {other_date} "
        "fällig. Er wird von {account} eingezogen.",
    ),
    clauses=(
        "Der Versicherer leistet für Schäden im Rahmen der vereinbarten Versicherungssummen.",
        "Je Ereignis gilt eine Selbstbeteiligung; mehrere binnen 72 Stunden gelten als eines.",
        "Beispiel: Ein Schaden von {other_amount} EUR am {other_date} wird abzüglich reguliert.",
        "Abnutzung, langsames Durchsickern und Vorsatz sind nicht versichert.",
        "Der Versicherungsnehmer bewahrt Belege fünf Jahre auf und legt sie auf Verlangen vor.",
        "Schäden sind unverzüglich schriftlich oder über das Portal anzuzeigen.",
        "Wertsachen über {other_amount} EUR müssen im Schein genannt sein, um versichert zu sein.",
        "Diese Bedingungen wurden zuletzt am {other_date} geändert und ersetzen alle früheren.",
    ),
    annex_title="ALLGEMEINE VERSICHERUNGSBEDINGUNGEN",
    page="--- Seite {number} ---",
    towns=("Aschfeld", "Kleinmoor", "Bramstett", "Westhafen", "Hartenau", "Lindwiek", "Steinbrück"),
    streets=("Mühlweg 12", "Hafenstraße 4", "Kirchgasse 77", "Am Obsthof 9", "Ulmenreihe 31"),
    firms=("Halden und Söhne", "Nordtor Dienste", "Werkstatt Bachgasse", "Praxis Dr. E. Marsch"),
)
