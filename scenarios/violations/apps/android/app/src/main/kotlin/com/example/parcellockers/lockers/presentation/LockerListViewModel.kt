package com.example.parcellockers.lockers.presentation

import androidx.lifecycle.ViewModel
import com.example.parcellockers.lockers.application.LoadLockers
import com.example.parcellockers.lockers.application.ReleaseCompartment
import com.example.parcellockers.lockers.domain.Locker
import com.example.parcellockers.lockers.domain.PostalCode
import kotlinx.coroutines.DelicateCoroutinesApi
import kotlinx.coroutines.GlobalScope
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch

data class LockerListState(
    val lockers: List<Locker> = emptyList(),
    val unreachable: Boolean = false,
)

@OptIn(DelicateCoroutinesApi::class)
class LockerListViewModel(
    private val loadLockers: LoadLockers,
    private val releaseCompartment: ReleaseCompartment,
) : ViewModel() {
    private val mutableState = MutableStateFlow(LockerListState())
    val state: StateFlow<LockerListState> = mutableState.asStateFlow()

    fun onPostalCodeEntered(text: String) {
        val postalCode = PostalCode.parse(text) ?: return
        GlobalScope.launch {
            val lockers = loadLockers(postalCode)
            mutableState.value = LockerListState(lockers.orEmpty(), unreachable = lockers == null)
        }
    }

    fun onReleaseRequested(lockerId: String, compartmentId: String) {
        GlobalScope.launch {
            releaseCompartment(lockerId, compartmentId)
        }
    }
}
