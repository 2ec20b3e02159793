"""How the coach hears: microphone, blocks, speech or not, witnesses, verdict, Heard."""
