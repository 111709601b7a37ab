"""English: what people, workshops, offices and insurers write."""

from claimgen.phrases import Phrases

ENGLISH = Phrases(
    labels={
        "policy_number": ("Policy number", "Policy no.", "Insurance no.", "Contract number"),
        "loss_date": ("Date of loss", "Date of incident", "When did it happen?"),
        "notice_date": ("Date of this notice", "Reported on", "Completed on"),
        "claimed_eur": ("Amount claimed (EUR)", "Total claimed in EUR", "Claimed sum, EUR"),
        "claimant": ("Name of the insured", "Policyholder", "Your full name"),
        "counterparty": ("Other party involved", "Third party", "Name of the other person"),
    },
    titles=("CLAIM FORM", "NOTICE OF CLAIM", "Claim notification - please complete in full"),
    dateline=(
        "{town}, {notice_date}",
        "{street}, {town}\n\n{town}, {notice_date}",
        "Date: {notice_date}",
    ),
    opening=(
        "I am writing about my policy {policy_number}.",
        "My insurance with you has the number {policy_number}.",
        "Re: policy {policy_number}\n\nplease find my claim below.",
        "Under contract {policy_number} I hereby report a claim.",
    ),
    loss=(
        "It happened on {loss_date}.",
        "The date of the event was {loss_date}.",
        "The misfortune I now describe befell us on {loss_date}.",
        "What follows took place on {loss_date}, in {town}.",
    ),
    stories={
        "motor_damage": (
            "While I was parking my car a van scraped along the rear door and the bumper.",
            "At the traffic lights another car ran into mine; tow bar and boot are bent.",
            "My car slid against a bollard in the car park, and the front wing is crushed.",
            "A lorry threw up a stone on the motorway and my windscreen cracked from side to side.",
        ),
        "home_water": (
            "A pipe behind the kitchen wall burst and water ran through the ceiling for hours.",
            "The hose of the washing machine came off and the parquet in the hall is swollen.",
            "Tap water from a broken joint soaked the bathroom floor and the wall next to it.",
            "The dishwasher leaked overnight; plaster and skirting boards are wet through.",
        ),
        "home_burglary": (
            "Burglars forced the terrace door while we were away and took jewellery and a camera.",
            "Somebody broke into our flat through the cellar and stole two laptops and cash.",
            "The lock of the front door was drilled out; the thieves took watches and silverware.",
            "We came home to a broken window, and bicycles and tools had been stolen from inside.",
        ),
        "storm_damage": (
            "The gale tore some forty tiles from the roof and bent the gutter.",
            "During the storm a branch fell through the conservatory and broke three panes.",
            "Hail the size of walnuts smashed the shutters and the skylight.",
            "The storm blew down the chimney cowl, and it went through the roof of the carport.",
        ),
        "travel_cancellation": (
            "I fell ill two days before departure and had to cancel the whole journey.",
            "Because of a death in the family we cancelled our holiday; the hotel keeps its fee.",
            "My doctor forbade me to fly, so I called off the cruise and was charged for it.",
            "We could not start the booked trip as my daughter broke her leg, and we cancelled it.",
        ),
        "travel_medical": (
            "On holiday abroad I had to see a doctor for an infection and was given antibiotics.",
            "I slipped on the beach promenade abroad and my wrist was put in plaster in a clinic.",
            "During our journey my son got a high fever and was treated in the hospital there.",
            "Abroad I needed an emergency dentist for a broken tooth, and paid the bill myself.",
        ),
        "liability_property": (
            "While helping a friend move I dropped her television down the stairs.",
            "My son kicked a ball through the neighbour's shop window.",
            "As a guest I knocked over a vase, it broke on the glass table, and that is cracked.",
            "I rode my bicycle into the parked car of somebody else and dented its door.",
        ),
        "pet_treatment": (
            "Our dog swallowed a toy and had to be operated on by the veterinary surgeon.",
            "The cat was hurt in a fight, and the vet stitched the wound and kept her overnight.",
            "My horse went lame, and the animal clinic took pictures and treated the tendon.",
        ),
    },
    party=(
        "The other person involved is {counterparty}.",
        "{counterparty} was involved as well and can confirm all of it.",
        "The party on the other side is {counterparty}, who was very kind about it.",
    ),
    amount=(
        "I claim EUR {claimed_eur} in total; the invoice is attached.",
        "Please refund {claimed_eur} euros to my account {account}.",
        "The whole matter cost me €{claimed_eur}, which I ask you to reimburse.",
        "My claim amounts to {claimed_eur} EUR. My account: {account}.",
    ),
    closing=(
        "Yours faithfully,\n\n{claimant}",
        "Kind regards\n{claimant}\n{street}, {town}",
        "With best wishes,\n{claimant}\nCustomer {customer_number}",
    ),
    mail_heads=(
        "From: {claimant} <{email}>\nTo: claims@insurer.example\nDate: {notice_date}\n"
        "Subject: claim, customer {customer_number}\n\nDear Sir or Madam,",
        "From: {email}\nSent: {notice_date}\nTo: claims desk\nSubject: my claim\n\nHello,",
    ),
    invoice=(
        "{firm}\n{firm_street}, {town}\n\nINVOICE {invoice_number}\nIssued: {invoice_date}\n\n"
        "Billed to: {claimant}\n{street}, {town}\n\n{items}\n\nNet amount      {net}\n"
        "VAT 19 %        {vat}\nTotal due (EUR) {invoiced_eur}\n\nPayable within 14 days.",
        "{firm} * {firm_street} * {town}\n\nInvoice no. {invoice_number}, {invoice_date}\n"
        "Customer: {claimant}\n\n{items}\n\nSum without tax: EUR {net}; tax: EUR {vat}\n"
        "AMOUNT PAYABLE: EUR {invoiced_eur}\n\nThank you for your order.",
    ),
    works={
        "motor_damage": ("Body work", "Paint, two layers", "Bumper, original part", "Labour"),
        "home_water": ("Leak detection", "Drying, 9 days", "Plaster and paint", "Pipe fitting"),
        "home_burglary": ("Door lock, class 5", "Replacement camera", "Glazing", "Jewellery"),
        "storm_damage": ("Roof tiles", "Scaffolding", "Gutter, zinc", "Roofer, hours"),
        "travel_cancellation": ("Cancellation fee hotel", "Flight, not refundable", "Booking fee"),
        "travel_medical": ("Consultation", "Medication", "X-ray", "Treatment, 2 sessions"),
        "liability_property": ("Repair", "Replacement of glass", "Delivery", "Assembly"),
        "pet_treatment": ("Surgery, small animals", "Anaesthesia", "Stay, 2 nights", "Dressing"),
    },
    reports={
        "motor_damage": "POLICE REPORT - ROAD TRAFFIC",
        "home_water": "REPORT OF THE PLUMBER",
        "home_burglary": "POLICE REPORT - BURGLARY",
        "storm_damage": "REPORT OF THE ROOFER",
        "travel_cancellation": "MEDICAL CERTIFICATE (UNABLE TO TRAVEL)",
        "travel_medical": "MEDICAL REPORT OF THE CLINIC",
        "liability_property": "STATEMENT OF A WITNESS",
        "pet_treatment": "REPORT OF THE ANIMAL CLINIC",
    },
    report_party=("Also present: {counterparty}", "Other party: {counterparty}"),
    report_event=(
        "Date of the event: {loss_date}\nPerson concerned: {claimant}",
        "We attended to {claimant}. The event took place on {loss_date}.",
    ),
    notes=(
        "From: claims desk\nSubject: your message\n\nThank you for your message about "
        "{policy_number}. We answer within ten working days of {other_date}.",
        "Note of a telephone call, {other_date}\n\nCaller asked how far we are with "
        "{policy_number}. Told that an invoice is needed. About EUR {other_amount} were mentioned.",
        "Dear {claimant},\n\nyour next premium of EUR {other_amount} is due on {other_date}. "
        "It will be collected from {account}.",
    ),
    clauses=(
        "The insurer pays for loss or damage within the sums insured that the schedule names.",
        "A deductible applies to every event; several events within 72 hours count as one.",
        "Example: damage of EUR {other_amount} on {other_date} is settled after the deductible.",
        "Wear, slow seepage and damage done on purpose are not covered by these conditions.",
        "The policyholder keeps receipts for five years and shows them when asked to.",
        "Notice is given without delay, in writing or through the portal of the insurer.",
        "Valuables above EUR {other_amount} must be named in the schedule to be insured.",
        "These conditions were last changed on {other_date} and replace all earlier ones.",
    ),
    annex_title="GENERAL CONDITIONS OF INSURANCE",
    page="--- page {number} ---",
    towns=("Ashford", "Kilmore", "Bramley", "Westport", "Hartfield", "Lynwick", "Stonebridge"),
    streets=("12 Mill Lane", "4 Harbour Road", "77 Church Street", "9 Orchard Close", "31 Elm Row"),
    firms=("Halden & Sons", "Northgate Services", "Brook Lane Workshop", "Dr. E. Marsh Practice"),
)
