"""Speech by espeak-ng in many voices: announcements, small talk, babble. Texts were written for this project."""

from __future__ import annotations

import io
import subprocess
from functools import lru_cache

import numpy as np
import soundfile

from beat_model.frontend import SAMPLE_RATE as SR
from beat_model.material.export import to_mono_22k
from beat_model.material.venue_sounds import band, coloured, room, unit

VARIANTS = ("", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+croak", "+klatt2", "+klatt3")

TEXTS: dict[str, tuple[str, ...]] = {
    "en-gb": (
        "Good evening everybody, and thank you for coming out on such a wet night. We will be starting in about ten minutes, so there is still time to get a drink.",
        "Would the owner of a blue van please move it, because it is blocking the stage door and the next band cannot unload.",
        "I told her that the second room is far too small, but she said the landlord would never agree to anything else. Anyway, how was your holiday?",
    ),
    "en-us": (
        "All right, we are going to take a short break. The merchandise table is in the back, next to the coat check. Don't go too far.",
        "So the guy at the door says, you cannot bring that in here, and I said it is only an umbrella. He just looked at me.",
        "Can I get a little more of my voice in the monitor? And a bit less guitar on this side. Thanks. Check, one two. Check. Hello.",
    ),
    "en-scotland": ("It was pouring when we left the house and the bus never came, so we walked the whole way along the river.",),
    "de": (
        "Guten Abend zusammen, schön, dass ihr alle da seid. In wenigen Minuten geht es los, bitte macht den Gang vor der Bühne frei.",
        "Hast du gesehen, wer da hinten am Tresen steht? Den habe ich seit der Schule nicht mehr getroffen. Er hat sich kaum verändert.",
    ),
    "fr-fr": (
        "Bonsoir à toutes et à tous, merci d'être venus si nombreux. Le concert commencera dans un quart d'heure, le bar reste ouvert.",
        "Je ne sais pas encore si nous partons samedi ou dimanche, cela dépend du travail de ma sœur.",
    ),
    "es": (
        "Buenas noches a todos y gracias por venir. Dentro de unos minutos empezamos, las bebidas están al fondo a la derecha.",
        "Ayer fuimos al mercado y no encontramos nada de lo que buscábamos, así que al final comimos en casa de mi primo.",
    ),
    "it": ("Buonasera a tutti, grazie di essere qui. Tra poco saliranno sul palco i nostri ospiti, vi chiediamo solo un momento di pazienza.",),
    "pt-br": ("Boa noite, pessoal. O som ainda está sendo ajustado, mas já vamos começar. Quem deixou um casaco na entrada pode buscar agora.",),
    "nl": ("Goedenavond allemaal, fijn dat jullie er zijn. De garderobe is beneden en de bar sluit om één uur vannacht.",),
    "sv": ("Hej och välkomna hit i kväll. Vi väntar bara på att tekniken ska bli klar, sedan sätter vi igång på riktigt.",),
    "pl": ("Dobry wieczór, bardzo dziękujemy za przybycie. Za chwilę zaczynamy, prosimy jeszcze o moment cierpliwości.",),
    "cs": ("Dobrý večer, děkujeme, že jste přišli v takovém počtu. Začneme asi za deset minut, bar je zatím otevřený.",),
    "fi": ("Hyvää iltaa kaikille ja kiitos että tulitte. Aloitamme hetken kuluttua, narikka on alakerrassa oven vieressä.",),
    "tr": ("Herkese iyi akşamlar, geldiğiniz için teşekkür ederiz. Birkaç dakika sonra başlıyoruz, lütfen kapının önünü boş bırakın.",),
    "ru": ("Добрый вечер, спасибо, что пришли. Через несколько минут мы начнём, просим немного подождать.",),
    "hu": ("Jó estét mindenkinek, köszönjük, hogy eljöttek. Néhány perc múlva kezdünk, addig is nyitva van a büfé.",),
}


@lru_cache(maxsize=64)
def _spoken(voice: str, speed: int, pitch: int, gap: int, text: str) -> np.ndarray:
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-g", str(gap), "--stdout", text]
    try:
        done = subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError as error:
        raise RuntimeError("espeak-ng is missing: install the Debian package espeak-ng") from error
    samples, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    return unit(to_mono_22k(samples, rate))


def one_speaker(rng: np.random.Generator, n: int) -> np.ndarray:
    """One voice with pauses between sentences, and sometimes long ones."""
    language = str(rng.choice(list(TEXTS)))
    voice = language + str(rng.choice(VARIANTS))
    speed, pitch, gap = int(rng.integers(115, 230)), int(rng.integers(15, 85)), int(rng.integers(0, 6))
    out, at = np.zeros(n), int(rng.uniform(0, 2) * SR)
    while at < n:
        clip = _spoken(voice, speed, pitch, gap, str(rng.choice(TEXTS[language])))
        end = min(n, at + clip.size)
        out[at:end] += clip[: end - at]
        at = end + int(rng.gamma(1.2, 0.8) * SR)
    return out


def speech(rng: np.random.Generator, n: int) -> np.ndarray:
    out = one_speaker(rng, n)
    if rng.random() < 0.7:
        out = room(rng, out, rng.uniform(0.2, 1.2))
    return unit(out) + 10 ** (rng.uniform(-60, -20) / 20) * coloured(rng, n, 1.0)


def babble(rng: np.random.Generator, n: int) -> np.ndarray:
    """3-20 people at different distances. Beyond six the voices are reused with other offsets and speeds."""
    people = int(rng.integers(3, 21))
    voices = [one_speaker(rng, n) for _ in range(min(people, 6))]
    out = np.zeros(n)
    for index in range(people):
        voice = np.roll(voices[index % len(voices)], int(rng.integers(0, n)) if index >= len(voices) else 0)
        far = rng.random()
        out += (0.15 + (1 - far)) * (band(voice, 150, 1200 + 6000 * (1 - far), 1))
    return room(rng, unit(out), rng.uniform(0.3, 1.8)) + rng.uniform(0.02, 0.3) * coloured(rng, n, 1.2)


def announcer(rng: np.random.Generator, n: int) -> np.ndarray:
    """Talk over a public-address system: band-limited, compressed, with a crowd behind it."""
    from beat_model.material.venue_sounds import applause, cheering, mains_hum

    voice = band(one_speaker(rng, n), rng.uniform(120, 350), rng.uniform(3500, 9000))
    voice = room(rng, np.tanh(rng.uniform(1, 4) * unit(voice)), rng.uniform(0.4, 2.0))
    behind = (applause, cheering, mains_hum)[rng.integers(3)](rng, n)
    return unit(voice) + rng.uniform(0.03, 0.6) * unit(behind)
