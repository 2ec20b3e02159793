"""A coach that is at home in a whole smart home, beside one that is alone: does it cost the person anything?"""
