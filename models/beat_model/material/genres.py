"""Customary tempo of each genre, at the metrical level that people tap, and which groove file belongs to which genre.

A tempo is never a lottery: a groove played far outside its genre's range would be tapped at another level, and
the same pattern would then carry contradictory labels. Fast straight styles (punk, thrash, polka-like marches
written in doubled notation) are labelled at half of their notated tempo, fast swing and drum-and-bass at the full one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Genre:
    low: float  # BPM at the tapped level
    high: float
    style: str  # harmony: "pop" | "rock" | "blues" | "jazz" | "latin" | "modal" | "folk" | "classical"
    quarters: float = 1.0  # notated quarters per tapped beat (MMA notation)
    weight: float = 1.0  # relative share of songs


GENRES: dict[str, Genre] = {
    "rock": Genre(96, 148, "rock", weight=2.2),
    "hard-rock": Genre(84, 140, "rock"),
    "metal": Genre(90, 150, "rock"),
    "thrash": Genre(92, 118, "rock", weight=0.4),
    "punk": Genre(88, 104, "rock", 2.0, weight=0.5),
    "rock-slow": Genre(64, 96, "rock", weight=1.4),
    "rock-n-roll": Genre(140, 176, "blues"),
    "twist": Genre(148, 172, "blues", weight=0.7),
    "pop": Genre(84, 128, "pop", weight=2.4),
    "pop-16": Genre(70, 104, "pop", weight=2.0),
    "pop-dance": Genre(112, 132, "pop"),
    "shuffle-pop": Genre(86, 126, "pop"),
    "ballad": Genre(58, 86, "pop", weight=2.4),
    "ballad-12": Genre(52, 76, "pop"),
    "ballad-68": Genre(50, 70, "pop", 3.0, weight=2.4),
    "folk": Genre(84, 126, "folk", weight=1.2),
    "country": Genre(84, 126, "folk", weight=1.2),
    "country-slow": Genre(66, 96, "folk", weight=0.7),
    "bluegrass": Genre(100, 135, "folk", weight=0.5),
    "blues": Genre(84, 132, "blues"),
    "blues-slow": Genre(54, 84, "blues"),
    "boogie": Genre(118, 166, "blues"),
    "swing": Genre(112, 190, "jazz", weight=1.6),
    "swing-fast": Genre(176, 218, "jazz", weight=0.5),
    "jazz": Genre(96, 168, "jazz", weight=1.6),
    "jazz-slow": Genre(62, 96, "jazz", weight=0.8),
    "jazz-waltz": Genre(108, 176, "jazz", weight=1.6),
    "jazz-waltz-fast": Genre(150, 196, "jazz", weight=0.4),
    "old-time": Genre(92, 124, "folk", 2.0, weight=0.8),
    "charleston": Genre(96, 118, "folk", 2.0, weight=0.4),
    "quickstep": Genre(190, 208, "jazz", weight=0.4),
    "foxtrot": Genre(108, 136, "jazz", weight=0.8),
    "broadway-slow": Genre(80, 116, "jazz", weight=0.5),
    "march": Genre(106, 126, "folk", weight=0.5),
    "polka": Genre(108, 128, "folk", weight=0.6),
    "hymn": Genre(66, 100, "classical", weight=0.7),
    "waltz-slow": Genre(82, 116, "folk", weight=2.2),
    "waltz-fast": Genre(138, 184, "folk", weight=1.4),
    "waltz-rock": Genre(88, 150, "rock", weight=2.6),
    "waltz-ballad": Genre(72, 112, "pop", weight=2.4),
    "latin": Genre(92, 128, "latin", weight=1.6),
    "latin-slow": Genre(72, 104, "latin", weight=0.9),
    "latin-waltz": Genre(100, 160, "latin", weight=1.6),
    "rhumba": Genre(92, 118, "latin", weight=0.8),
    "chacha": Genre(110, 128, "latin", weight=0.6),
    "samba": Genre(92, 112, "latin", 2.0, weight=1.2),
    "samba-quarter": Genre(92, 112, "latin", weight=0.4),
    "bossa": Genre(104, 144, "latin", weight=0.5),
    "tango": Genre(112, 132, "latin", weight=0.5),
    "bolero": Genre(74, 106, "latin", weight=0.7),
    "afro": Genre(92, 126, "modal", weight=0.7),
    "afro-68": Genre(90, 124, "latin", 1.5, weight=2.0),
    "mideast": Genre(88, 122, "modal", weight=0.4),
    "funk": Genre(88, 118, "modal", weight=1.4),
    "soul": Genre(80, 124, "pop", weight=1.2),
    "rnb": Genre(66, 104, "pop", weight=1.4),
    "disco": Genre(112, 128, "pop", weight=0.7),
    "house": Genre(118, 128, "modal", weight=0.7),
    "techno": Genre(124, 144, "modal", weight=0.9),
    "trance": Genre(130, 142, "modal", weight=0.7),
    "dance": Genre(118, 134, "modal", weight=0.8),
    "drum-and-bass": Genre(164, 178, "modal", weight=0.7),
    "hip-hop": Genre(76, 102, "modal", weight=1.5),
    "trip-hop": Genre(68, 96, "modal", weight=0.9),
    "ambient": Genre(70, 112, "modal", weight=0.7),
    "reggae": Genre(66, 92, "pop", weight=0.7),
    "ska": Genre(124, 160, "pop", weight=0.5),
    "fusion": Genre(88, 136, "jazz", weight=1.0),
}

# Styles written by the procedural generator. Much of the weight lies on 60-105 BPM with busy subdivisions: taken at double
# tempo by mistake, that is the commonest error on real music.
PROCEDURAL: dict[str, Genre] = {
    "rock": Genre(98, 146, "rock", weight=1.6),
    "indie": Genre(112, 158, "rock", weight=1.1),
    "rock-slow": Genre(66, 98, "rock", weight=1.8),
    "rock-shuffle": Genre(84, 132, "blues", weight=0.9),
    "punk": Genre(88, 106, "rock", weight=0.9),
    "metal": Genre(84, 140, "rock", weight=1.1),
    "pop": Genre(86, 128, "pop", weight=1.8),
    "pop-16": Genre(64, 100, "pop", weight=2.2),
    "singer-songwriter": Genre(66, 108, "folk", weight=1.5),
    "ballad": Genre(56, 86, "pop", weight=1.8),
    "piano": Genre(58, 112, "pop", weight=1.0),
    "guitar": Genre(70, 128, "folk", weight=1.0),
    "strings": Genre(60, 132, "classical", weight=1.0),
    "ambient": Genre(60, 108, "modal", weight=0.6),
    "funk": Genre(86, 118, "modal", weight=1.3),
    "soul": Genre(72, 126, "pop", weight=1.2),
    "rnb": Genre(62, 98, "pop", weight=1.5),
    "gospel-68": Genre(52, 76, "pop", weight=0.9),
    "disco": Genre(110, 128, "pop", weight=1.0),
    "house": Genre(117, 128, "modal", weight=1.2),
    "techno": Genre(124, 144, "modal", weight=0.9),
    "trance": Genre(130, 142, "modal", weight=0.8),
    "edm": Genre(118, 132, "pop", weight=1.2),
    "synthwave": Genre(82, 120, "pop", weight=1.0),
    "garage": Genre(128, 136, "modal", weight=0.5),
    "breakbeat": Genre(108, 138, "modal", weight=0.7),
    "drum-and-bass": Genre(165, 178, "modal", weight=0.8),
    "dubstep": Genre(68, 76, "modal", weight=0.8),
    "trap": Genre(62, 84, "modal", weight=1.3),
    "hip-hop": Genre(78, 102, "modal", weight=1.5),
    "lo-fi": Genre(66, 90, "jazz", weight=1.0),
    "reggae": Genre(64, 88, "pop", weight=1.1),
    "ska": Genre(124, 158, "pop", weight=0.6),
    "reggaeton": Genre(84, 102, "modal", weight=1.1),
    "latin": Genre(86, 116, "latin", weight=1.2),
    "bossa": Genre(112, 144, "latin", weight=0.6),
    "afrobeat": Genre(98, 122, "modal", weight=0.9),
    "blues-12": Genre(52, 80, "blues", weight=0.9),
    "ballad-68": Genre(46, 70, "pop", weight=2.8),
    "jig": Genre(102, 126, "folk", weight=1.5),
    "waltz": Genre(80, 132, "folk", weight=2.6),
    "waltz-fast": Genre(138, 188, "folk", weight=0.8),
    "rock-34": Genre(88, 144, "rock", weight=2.5),
    "jazz-waltz": Genre(106, 172, "jazz", weight=1.5),
    "folk-24": Genre(92, 126, "folk", weight=1.7),
    "country": Genre(84, 124, "folk", weight=1.2),
    "swing": Genre(108, 216, "jazz", weight=1.1),
    "jazz-ballad": Genre(58, 84, "jazz", weight=0.7),
    "vocal": Genre(62, 112, "pop", weight=0.8),
    "pulse": Genre(60, 124, "classical", weight=0.5),
}

# MMA groove file stem -> genre, for every file that is not reserved. Folder-specific entries win.
FILE_GENRES: dict[str, str] = {
    file: genre
    for genre, files in {
        "rock-n-roll": "stdlib/50srock jive rock-n-roll",
        "twist": "twist",
        "rock": "60srock basicrock bubblerock folkrock strut digitalrock poprock1 poprock2 rock1 rock2 rock highfive",
        "hard-rock": "hrk shufflerock",
        "metal": "metal1 metal2 heavymetal mtl",
        "thrash": "thr punk",
        "rock-slow": "softrock rockballad slowrock slow16beat",
        "pop": "8beat 60spop 80spop 8beat1 8beat2 8beat3 8beatpop1 8beatpop2 8beatpop3 beat8 pop electricpop worldpop popspiritual",
        "pop-16": "16beat1 16beat2 16beat3 beat16 16shuffle1 16shuffle2 mellowrb modernrb",
        "pop-dance": "8beatdance dancepop1 dancepop2 dancepop3",
        "shuffle-pop": "popshuffle1 popshuffle2 shuffle",
        "ballad": "ballad guitarballad pianoballad popballad stringballad folkballad arpeggio44 rb-ballad 8beatballad1 8beatballad2 "
        "8beatballad3 16beatballad1 16beatballad2 16beatballad3 serenade bald",
        "ballad-12": "ballad128 ballad68 oldieballad",
        "ballad-68": "arpeggio68 68ballad",
        "folk": "folk bluefolk softshoe spiritual calypso",
        "country": "countryswing westernswing country cntry",
        "country-slow": "slowcountry countryblues slowspiritual",
        "bluegrass": "bluegrass",
        "blues": "blues fastblues",
        "blues-slow": "slowblues blues128",
        "boogie": "boggiewoggie shuffleboggie shuffleboogie",
        "swing": "swing bigband easyswing jazzcombo jazzguitar middlebigband",
        "swing-fast": "fastswing fastbigband",
        "jazz": "descendingjazz mellowjazz modernjazz folkyjazz jazz jazz04 jazzrhumba",
        "jazz-slow": "evansish nitejazz slowswing slowbigband",
        "jazz-waltz": "modernjazzwaltz jazzwaltz",
        "jazz-waltz-fast": "fastjazzwaltz",
        "old-time": "dixie dixiemarch ragtime broadway bwmarch",
        "charleston": "charleston",
        "quickstep": "quickstep",
        "foxtrot": "foxtrot polkafox",
        "broadway-slow": "slowbroadway showtune",
        "march": "germanmarch march1",
        "polka": "polka poppolka",
        "hymn": "hymn",
        "waltz-slow": "waltz broadwaywaltz arpeggiowaltz",
        "waltz-fast": "fastwaltz",
        "waltz-rock": "rockwaltz rock34",
        "waltz-ballad": "bald34 popwaltz",
        "latin": "latin latinfusion latinhouse son cubanguitar lfusion",
        "latin-slow": "desert",
        "latin-waltz": "latinwaltz",
        "rhumba": "rhumba beguine",
        "chacha": "chacha",
        "samba": "stdlib/samba",
        "samba-quarter": "zoom/samba",
        "bossa": "bossa",
        "tango": "lighttango",
        "bolero": "bolero slowbolero",
        "afro": "afro",
        "afro-68": "afro-cuban",
        "mideast": "mide",
        "funk": "funk funk1 funk2",
        "soul": "60ssoul discosoul soul soulpop",
        "rnb": "rnb r+b",
        "house": "house",
        "techno": "techno rave",
        "trance": "trance1 trance2",
        "dance": "dance dance1 dance2",
        "drum-and-bass": "dnb",
        "hip-hop": "hiphop hip-hop",
        "trip-hop": "triphop trip",
        "ambient": "ambient ambient1 ambient2 ambient3",
        "reggae": "reggae",
        "ska": "ska",
        "fusion": "jazzrock fusion fus16",
    }.items()
    for file in files.split()
}


def genre_of_file(folder: str, stem: str) -> str | None:
    """Genre of an MMA groove file; None for files that are no music (clicks, endings, counts)."""
    return FILE_GENRES.get(f"{folder}/{stem}", FILE_GENRES.get(stem))


def draw_tempo(rng: np.random.Generator, genre: Genre) -> float:
    """BPM at the tapped level; the middle of the range is likelier than its ends."""
    share = rng.random() if rng.random() < 0.35 else 0.5 * (rng.random() + rng.random())
    return float(genre.low + share * (genre.high - genre.low))
