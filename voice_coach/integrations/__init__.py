"""The coach in a home: each peer is a face or an ear like the others, and none decides anything.

`mqtt_face` shows the session to Home Assistant, `wyoming_server` lends the ears to satellites in other rooms, and
`ovos` is the skill of OpenVoiceOS. They may do to the coach what a key may do: they post commands.
"""
