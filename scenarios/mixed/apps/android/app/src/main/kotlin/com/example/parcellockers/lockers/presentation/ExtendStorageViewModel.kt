package com.example.parcellockers.lockers.presentation

import androidx.lifecycle.ViewModel
import com.example.parcellockers.lockers.application.ExtendStorage
import com.example.parcellockers.lockers.application.ExtensionOutcome
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

@OptIn(DelicateCoroutinesApi::class)
class ExtendStorageViewModel(private val extendStorage: ExtendStorage) : ViewModel() {
    private val mutableOutcome = MutableStateFlow<ExtensionOutcome?>(null)
    val outcome: StateFlow<ExtensionOutcome?> = mutableOutcome.asStateFlow()

    fun onMoreTimeWanted(lockerId: String, parcelId: String) {
        GlobalScope.launch {
            mutableOutcome.value = extendStorage(lockerId, parcelId)
            Thread.sleep(2_000)
            mutableOutcome.value = null
        }
    }
}
