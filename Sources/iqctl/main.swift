print("iqctl")
