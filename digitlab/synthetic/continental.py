"""Manners common in continental Europe and rare in MNIST, whose writers were Americans.

Notation as in `strokes.py`; all were set by eye.
"""

from __future__ import annotations

from digitlab.synthetic.manner import Manner

# fmt: off
CONTINENTAL = (
    # 1 with a long flag
    Manner(1, 4, "ab bcd", """
        0,42 46,0 45,50 44,100
        2,60 42,0 40,50 38,100
        0,30 60,0 56,50 52,100
        4,48 34,0 36,50 38,100
        0,70 50,0 46,50 40,100
        0,36 36,2 36,50 34,100
    """),
    # 1 with a flag that is bent
    Manner(1, 1, "abc cde", """
        0,46 26,30 46,0 44,50 42,100
        2,34 18,24 40,0 40,50 38,100
        0,26 24,20 50,0 46,50 40,100
    """),
    # 1 with a long flag and a foot
    Manner(1, 1, "ab bcd ef", """
        0,42 46,0 45,50 44,99 10,99 80,98
        2,56 42,0 41,50 40,98 14,100 68,97
        0,34 56,0 54,50 50,98 20,99 84,97
    """),
    # 2 with a loop at the top
    Manner(2, 2, "abcdefgh hij", """
        22,26 34,14 22,4 6,16 20,30 60,20 52,56 6,97 38,95 78,96
        20,18 26,6 10,6 8,20 40,22 64,30 44,64 4,98 36,97 72,94
    """),
    # 3 with a flat top, short or long
    Manner(3, 2, "ab bc cdefg", """
        6,4 66,4 32,40 58,44 72,68 46,98 4,90
        10,2 62,4 36,36 62,46 68,72 40,99 2,88
        2,6 80,2 38,42 70,48 78,74 48,99 6,92
        12,4 54,2 28,38 50,42 62,66 38,98 0,90
    """),
    # 4 as a lightning: down, across, and a stem through the end of the bar
    Manner(4, 3, "abc cd ef", """
        40,0 20,34 0,66 84,64 60,38 52,100
        50,0 26,30 0,60 92,58 66,40 60,100
        30,2 16,36 2,70 76,68 54,46 48,100
        62,0 30,34 0,64 90,62 54,34 50,100
    """),
    # the same with a stem that begins at the bar
    Manner(4, 2, "abc cd ef", """
        44,0 22,28 0,54 66,54 58,50 48,100
        34,0 18,26 2,52 60,50 58,48 58,100
        60,0 30,30 0,62 76,60 62,54 52,100
        20,2 12,28 2,56 54,52 52,46 44,100
    """),
    # the same in one stroke, the bar turning into the stem
    Manner(4, 2, "abc cde ef", """
        44,0 22,30 0,56 36,52 66,48 52,100
        30,0 16,30 0,60 30,56 60,50 58,100
        58,0 28,28 2,52 40,50 72,44 56,100
    """),
    # 4 with a round bowl and a short stem below it
    Manner(4, 1.5, "abcde fg", """
        24,0 8,26 10,48 34,50 62,40 56,34 50,100
        34,0 14,28 8,52 36,56 70,48 62,40 58,100
    """),
    # 7 crossed, with a wave at its top
    Manner(7, 2, "abcd def gh", """
        2,20 14,6 42,12 72,2 50,44 30,100 18,52 68,50
        4,26 10,8 40,10 66,2 50,40 38,100 20,50 74,48
        0,16 20,4 44,10 80,0 54,46 36,100 14,56 78,50
    """),
    # 7 crossed, with a straight top
    Manner(7, 2, "abc cde fg", """
        2,6 36,4 74,4 52,46 34,100 18,52 76,50
        4,8 34,6 68,2 52,44 40,100 20,48 80,46
        0,4 40,4 84,6 58,50 38,100 16,54 84,52
    """),
    # 9 whose tail swings out to the left
    Manner(9, 2, "abcdefghij", """
        60,20 38,2 12,16 14,42 40,46 60,24 64,40 58,72 34,97 2,90
        56,16 34,2 10,20 16,44 42,42 58,18 62,46 52,80 26,99 0,84
        62,22 36,0 8,20 14,48 42,48 62,26 68,52 56,84 30,99 4,94
    """),
)
# fmt: on
