"""The skill in the real OpenVoiceOS: it starts by intent, takes commands, and leaves all else to other skills.

The bench makes an environment of its own in the cache folder, with ovos-core, its audio service and our package as pip
installs it, and speaks to the core by its message bus (ovoscope), in the default order of its pipeline. The audio
service is the real one with eSpeak NG as its voice; its player plays to nobody and takes 0.3 s for a sentence. The
microphone and speech recognition of OpenVoiceOS are left out: the texts are given as it would transcribe them.

A skill of the bench stands for all others: it takes what no other one wants, so each foreign utterance must reach it.
The last line is a JSON object; the exit status is 1 when anything was swallowed, missed, or taken for "stop".
"""
