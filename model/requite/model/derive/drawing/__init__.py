"""How a lifecycle becomes a picture: what is shown, where it stands, how it looks.

`plan` reads the lifecycle, `measure` finds how much room each state needs, `arrange` gives
everything its place as `shapes`, `legend` explains the signs and `style` has the colours.
"""
